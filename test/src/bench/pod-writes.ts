import { startApiServerAndStore } from './api-server.ts';
import type { LoneApiServer, LoneApiServerOptions } from './api-server.ts';
import { createDriver } from './driver.ts';
import type { Driver } from './driver.ts';
import type { Row } from './rows.ts';

/** Pods that are counted, after as many that only warm the server up. */
const count = 3_000;
const nodes = 5_000;
const inFlight = 64;
/** As a scheduler and a controller-manager beside the server have them. */
const watchers = 2;

const namespace = '/api/v1/namespaces/default';
const json = { 'content-type': 'application/json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };

/** What a scheduled pod costs kube-apiserver: created, bound, and told of in an event. */
const upstreamMs = '3.9 to 4.9 ms';
const goalMs = 1;

/**
 * What the API server's process takes for what happens to a pod until it runs, with many nodes there and the watches
 * of a scheduler and of controllers open.
 */
export async function measurePodWrites(
  options: Partial<LoneApiServerOptions> = {},
): Promise<readonly Row[]> {
  const server = await startApiServerAndStore({ store: 'embedded', ...options });
  try {
    const driver = createDriver(server.transport, inFlight);
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    await driver.send('POST', `${namespace}/serviceaccounts`, account, json);
    await driver.run(0, nodes, (i) => driver.send('POST', '/api/v1/nodes', node(i), json));
    const watching = await driver.watch('/api/v1/pods?watch=1&resourceVersion=0', watchers);
    try {
      return await measure(server, driver);
    } finally {
      watching.stop();
    }
  } finally {
    await server.stop();
  }
}

async function measure(server: LoneApiServer, driver: Driver): Promise<readonly Row[]> {
  const msPer = async (request: (i: number) => Promise<unknown>) => {
    await driver.run(0, count, request);
    const before = await server.cpuSeconds();
    await driver.run(count, 2 * count, request);
    return (((await server.cpuSeconds()) - before) * 1000) / count;
  };
  const post = (path: string, body: object) => driver.send('POST', path, body, json);
  const create = await msPer((i) => post(`${namespace}/pods`, pod(i)));
  const bind = await msPer((i) => post(`${namespace}/pods/${podName(i)}/binding`, binding(i)));
  const event = await msPer((i) =>
    post('/apis/events.k8s.io/v1/namespaces/default/events', schedulerEvent(i)),
  );
  const coreEvent = await msPer((i) => post(`${namespace}/events`, recorderEvent(i)));
  const status = await msPer((i) =>
    driver.send('PATCH', `${namespace}/pods/${podName(i)}/status`, running(i), strategic),
  );
  const row = (name: string, ms: number): Row => ({ name, value: ms.toFixed(3) });
  const sum = create + bind + event;
  return [
    row('create a pod, CPU ms', create),
    row('bind it, CPU ms', bind),
    row('tell of it in an event (events.k8s.io), CPU ms', event),
    {
      ...row('create, bind and event, CPU ms', sum),
      goal: { text: `≤ ${goalMs}`, met: sum <= goalMs },
      note: `kube-apiserver: ${upstreamMs}`,
    },
    row('an event of the core group, CPU ms', coreEvent),
    row("patch a pod's status, CPU ms", status),
  ];
}

const nodeName = (i: number) => `node-${i % nodes}`;
const podName = (i: number) => `bench-${i}`;

const node = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: nodeName(i),
    labels: {
      'kubernetes.io/hostname': nodeName(i),
      'topology.kubernetes.io/zone': `zone-${i % 3}`,
    },
  },
  status: {
    capacity: { cpu: '4', memory: '32Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '32Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  },
});

const pod = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: podName(i), labels: { app: 'bench' } },
  spec: {
    containers: [
      { name: 'c', image: 'pause', resources: { requests: { cpu: '100m', memory: '500Mi' } } },
    ],
  },
});

const binding = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: podName(i) },
  target: { apiVersion: 'v1', kind: 'Node', name: nodeName(i) },
});

const now = new Date().toISOString();
const microTime = now.replace('Z', '000Z');
const regarding = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'default',
  name: podName(i),
});
const message = (i: number) => `Successfully assigned default/${podName(i)} to ${nodeName(i)}`;

const schedulerEvent = (i: number) => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: `${podName(i)}.new`, namespace: 'default' },
  eventTime: microTime,
  action: 'Binding',
  reason: 'Scheduled',
  type: 'Normal',
  regarding: regarding(i),
  note: message(i),
  reportingController: 'default-scheduler',
  reportingInstance: 'default-scheduler-bench',
});

const second = now.replace(/\.\d+Z/, 'Z');
const recorderEvent = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `${podName(i)}.old`, namespace: 'default' },
  firstTimestamp: second,
  lastTimestamp: second,
  count: 1,
  reason: 'Scheduled',
  type: 'Normal',
  involvedObject: regarding(i),
  message: message(i),
  source: { component: 'default-scheduler' },
});

const running = (i: number) => ({
  status: {
    phase: 'Running',
    podIP: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: second },
      { type: 'ContainersReady', status: 'True', lastTransitionTime: second },
    ],
    containerStatuses: [
      {
        name: 'c',
        ready: true,
        started: true,
        restartCount: 0,
        image: 'pause',
        imageID: 'sha256:0',
        containerID: `containerd://${i}`,
        state: { running: { startedAt: second } },
      },
    ],
  },
});
