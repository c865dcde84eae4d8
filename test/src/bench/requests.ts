import { startApiServerAndStore } from './api-server.ts';
import type { LoneApiServer, LoneApiServerOptions } from './api-server.ts';
import { createDriver } from './driver.ts';
import type { Driver } from './driver.ts';
import type { Row } from './rows.ts';

/** Requests of each kind that are counted, after as many that only warm the server up. */
const count = 4_000;
const inFlight = 32;
const namespace = '/api/v1/namespaces/default/configmaps';
const watchers = 100;
const changes = 1_000;
const listed = 10_000;

const json = { 'content-type': 'application/json' };
const mergePatch = { 'content-type': 'application/merge-patch+json' };

/**
 * What the API server's process takes for one request over TLS: from the kernel, so that the driver, which is another
 * process, and whatever else runs on the machine do not count.
 */
export async function measureRequests(
  options: Partial<LoneApiServerOptions> = {},
): Promise<readonly Row[]> {
  const server = await startApiServerAndStore({ store: 'embedded', ...options });
  try {
    const driver = createDriver(server.transport, inFlight);
    return [
      ...(await measureVerbs(server, driver)),
      await measureWatch(server, driver),
      ...(await measureLists(server, driver)),
    ];
  } finally {
    await server.stop();
  }
}

async function measureVerbs(server: LoneApiServer, driver: Driver): Promise<readonly Row[]> {
  const row = async (name: string, goal: number, request: (i: number) => Promise<unknown>) => {
    await driver.run(0, count, request);
    const before = await server.cpuSeconds();
    await driver.run(count, 2 * count, request);
    return perSecond(name, goal, count, (await server.cpuSeconds()) - before);
  };
  const at = (i: number) => `${namespace}/bench-${i}`;
  return [
    await row('create a ConfigMap', 1_800, (i) =>
      driver.send('POST', namespace, configMap(`bench-${i}`), json),
    ),
    await row('get one', 3_000, (i) => driver.send('GET', at(i))),
    await row('merge-patch one', 1_500, (i) =>
      driver.send('PATCH', at(i), { data: { more: String(i) } }, mergePatch),
    ),
    await row('delete one', 1_500, (i) => driver.send('DELETE', at(i))),
  ];
}

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { app: 'bench' } },
  data: { text: 'x'.repeat(200) },
});

/** Counts what the changes themselves cost, too. Each object changes once, as with kube-apiserver's figure. */
async function measureWatch(server: LoneApiServer, driver: Driver): Promise<Row> {
  const at = (i: number) => `watched-${i}`;
  await driver.run(0, 3 * changes, (i) => driver.send('POST', namespace, configMap(at(i)), json));
  const change = (i: number) =>
    driver.send('PATCH', `${namespace}/${at(i)}`, { data: { more: String(i) } }, mergePatch);
  const watching = await driver.watch(`${namespace}?watch=1&resourceVersion=0`, watchers);
  try {
    // Each watcher is told of the objects that are there, and of the changes.
    await driver.run(0, changes, change);
    await watching.told(watchers * 4 * changes);
    const before = await server.cpuSeconds();
    await driver.run(changes, 3 * changes, change);
    await watching.told(watchers * 6 * changes);
    const events = watchers * 2 * changes;
    return perSecond(
      'tell a watcher of a change',
      120_000,
      events,
      (await server.cpuSeconds()) - before,
    );
  } finally {
    watching.stop();
  }
}

async function measureLists(server: LoneApiServer, driver: Driver): Promise<readonly Row[]> {
  const pods = '/api/v1/namespaces/default/pods';
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await driver.send('POST', '/api/v1/namespaces/default/serviceaccounts', account, json);
  await driver.run(0, listed, (i) => driver.send('POST', pods, pod(`bench-${i}`), json));
  const row = async (name: string, goalMs: number, path: string, times: number): Promise<Row> => {
    await driver.send('GET', path);
    const before = await server.cpuSeconds();
    for (let i = 0; i < times; i += 1) await driver.send('GET', path);
    const ms = (((await server.cpuSeconds()) - before) / times) * 1000;
    return {
      name: `${name}, CPU ms`,
      value: ms.toFixed(1),
      goal: { text: `≤ ${goalMs}`, met: ms <= goalMs },
    };
  };
  return [
    await row(`list ${listed} pods from the cache`, 60, `${pods}?resourceVersion=0`, 20),
    await row(
      `list none of ${listed} pods by label`,
      5,
      `${pods}?resourceVersion=0&labelSelector=app%3Dnone`,
      100,
    ),
  ];
}

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'bench' } },
  spec: {
    automountServiceAccountToken: false,
    containers: [
      { name: 'c', image: 'pause', resources: { requests: { cpu: '100m', memory: '100Mi' } } },
    ],
  },
});

function perSecond(name: string, goal: number, times: number, seconds: number): Row {
  const rate = times / seconds;
  return {
    name: `${name}, per CPU second`,
    value: rate.toFixed(0),
    goal: { text: `≥ ${goal}`, met: rate >= goal },
    note: `${((seconds / times) * 1e6).toFixed(0)} µs`,
  };
}
