import { testEtcdUrl } from '@berth/storage/testing';
import { startCluster } from '../testing/cluster.ts';
import type { Cluster } from '../testing/cluster.ts';
import { skip, whyNotRoot } from '../testing/skip.ts';
import { whyNoTools } from '../testing/tools.ts';

/** One cluster of each kind for all files of this suite; each test works in a namespace of its own. */
const running = new Map<string, Promise<Cluster>>();

function once(key: string, start: () => Promise<Cluster>): Promise<Cluster> {
  const known = running.get(key) ?? start();
  running.set(key, known);
  return known;
}

after(async function () {
  this.timeout(120_000);
  const clusters = await Promise.allSettled(running.values());
  for (const result of clusters) if (result.status === 'fulfilled') await result.value.stop();
});

/** Two nodes whose containers are data: everything but containers is as on any cluster. On the store that tests run on. */
export function simulatedCluster(context: Mocha.Context): Promise<Cluster> {
  const why = whyNoTools();
  if (why) skip(context, why);
  context.timeout(200_000);
  const store = testEtcdUrl === undefined ? [] : ['--store', 'etcd', '--etcd-servers', testEtcdUrl];
  const flags = ['--stats-interval', '2', ...store];
  return once('simulated', () => startCluster({ runtime: 'simulated', nodes: 2, flags }));
}

/** Two nodes with real containers. */
export function realCluster(context: Mocha.Context): Promise<Cluster> {
  const why = whyNoTools() ?? whyNotRoot() ?? whyNotBoth();
  if (why) skip(context, why);
  context.timeout(200_000);
  return once('containerd', () => startCluster({ runtime: 'containerd', nodes: 2 }));
}

const whyNotBoth = () =>
  testEtcdUrl === undefined ? undefined : 'the etcd that tests share has room for one cluster';

let counter = 0;

/** A namespace that nobody else uses, ready for pods. */
export async function newNamespace({ kubectl }: Cluster): Promise<string> {
  counter += 1;
  const name = `t-${process.pid}-${counter}`;
  await kubectl('create', 'namespace', name);
  await kubectl('wait', '-n', name, '--for=create', 'serviceaccount/default', '--timeout=60s');
  return name;
}
