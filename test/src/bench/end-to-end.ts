import { dirname, join } from 'node:path';
import type { PodSpec } from '@berth/api';
import { startEtcd } from '@berth/storage/testing';
import type { EtcdServer } from '@berth/storage/testing';
import { startApiServer } from './api-server.ts';
import type { LoneApiServer } from './api-server.ts';
import { cpuSecondsOf, spawnBerth } from './berth-process.ts';
import { createDriver } from './driver.ts';
import type { Driver } from './driver.ts';
import type { Row } from './rows.ts';

const nodes = 5_000;
const inFlight = 32;
/** Nothing here takes longer, unless it never ends. */
const limitMs = 120_000;
const zone = 'topology.kubernetes.io/zone';

interface Shape {
  readonly name: string;
  readonly goal: number;
  /** As many as upstream's scheduler_perf makes before it measures, and while it does. */
  readonly pods: { readonly before: number; readonly measured: number };
  /** What kube-scheduler with kube-apiserver reached on a 2-core machine too, with the same nodes and 3,000 such pods. */
  readonly upstream: string;
  readonly rules: (i: number) => Partial<PodSpec>;
}

const shapes: readonly Shape[] = [
  {
    name: 'basic',
    goal: 600,
    pods: { before: 1_000, measured: 10_000 },
    upstream: '183',
    rules: () => ({}),
  },
  {
    name: 'required zone affinity',
    goal: 500,
    pods: { before: 5_000, measured: 5_000 },
    upstream: '57',
    rules: (i) => ({
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: zone, labelSelector: { matchLabels: { color: color(i) } } },
          ],
        },
      },
    }),
  },
  {
    name: 'hard zone spread',
    goal: 500,
    pods: { before: 5_000, measured: 5_000 },
    upstream: '163 with 1,000 nodes',
    rules: () => ({
      topologySpreadConstraints: [
        {
          maxSkew: 5,
          topologyKey: zone,
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'bench' } },
        },
      ],
    }),
  },
];

/**
 * Pods from the request that makes them to the news of their node: this process as the client, API server, scheduler
 * and etcd in processes of their own, all of it started for it and on the cores that there are.
 */
export async function measureEndToEnd(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const shape of shapes) rows.push(await onClusterOfItsOwn((cluster) => run(cluster, shape)));
  return rows;
}

interface Cluster {
  readonly server: LoneApiServer;
  /** What each process has taken so far. */
  cpuSeconds(): Promise<ReadonlyMap<string, number>>;
}

async function onClusterOfItsOwn<T>(use: (cluster: Cluster) => Promise<T>): Promise<T> {
  const etcd = await startEtcd();
  try {
    const server = await startApiServer({ store: 'etcd', etcdServers: [etcd.url] });
    try {
      return await withScheduler(etcd, server, use);
    } finally {
      await server.stop();
    }
  } finally {
    await etcd.stop();
  }
}

async function withScheduler<T>(
  etcd: EtcdServer,
  server: LoneApiServer,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const kubeconfig = join(dirname(server.kubeconfig), 'scheduler.kubeconfig');
  const flags = ['--kubeconfig', kubeconfig, '--log-level', 'error'];
  const scheduler = spawnBerth(['scheduler', ...flags]);
  const cpuSeconds = async () =>
    new Map([
      ['API server', await server.cpuSeconds()],
      ['scheduler', await scheduler.cpuSeconds()],
      ['etcd', await cpuSecondsOf(etcd.pid())],
      ['client', await cpuSecondsOf(process.pid)],
    ]);
  try {
    return await use({ server, cpuSeconds });
  } finally {
    await scheduler.stop();
  }
}

async function run({ server, cpuSeconds }: Cluster, shape: Shape): Promise<Row> {
  const driver = createDriver(server.transport, inFlight);
  await driver.send('POST', `${namespace}/serviceaccounts`, account, json);
  await driver.run(0, nodes, (i) => makeReadyNode(driver, i));
  const bound = await driver.watch(boundPods, 1);
  try {
    const create = (i: number) => driver.send('POST', `${namespace}/pods`, pod(shape, i), json);
    const { before: ahead, measured } = shape.pods;
    await driver.run(0, ahead, create);
    await within(bound.told(ahead));
    const before = await cpuSeconds();
    const began = performance.now();
    await driver.run(ahead, ahead + measured, create);
    await within(bound.told(ahead + measured));
    const perSecond = measured / ((performance.now() - began) / 1000);
    const after = await cpuSeconds();
    const each = [...after].map(([who, seconds]) => {
      const ms = ((seconds - (before.get(who) ?? 0)) * 1000) / measured;
      return `${who} ${ms.toFixed(2)}`;
    });
    return {
      name: `pods ${shape.name}, ${nodes} nodes, made and bound per second`,
      value: perSecond.toFixed(0),
      goal: { text: `≥ ${shape.goal}`, met: perSecond >= shape.goal },
      note: `CPU ms per pod: ${each.join(', ')}; kube-scheduler: ${shape.upstream}`,
    };
  } finally {
    bound.stop();
  }
}

async function within(work: Promise<void>): Promise<void> {
  let limit: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error('pods were not bound in time')), limitMs);
  });
  try {
    await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(limit);
  }
}

/** As a node controller leaves it that has seen the node ready: the taint of new nodes is taken away. */
async function makeReadyNode(driver: Driver, i: number): Promise<void> {
  await driver.send('POST', '/api/v1/nodes', node(i), json);
  await driver.send(
    'PATCH',
    `/api/v1/nodes/${nodeName(i)}`,
    { spec: { taints: null } },
    mergePatch,
  );
}

const namespace = '/api/v1/namespaces/default';
/** Each pod is told of once, when it gets its node. */
const boundPods = `${namespace}/pods?watch=1&resourceVersion=0&fieldSelector=spec.nodeName%21%3D`;
const json = { 'content-type': 'application/json' };
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
const nodeName = (i: number) => `node-${i}`;
const color = (i: number) => `color-${i % 10}`;

const node = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: nodeName(i),
    labels: { 'kubernetes.io/hostname': nodeName(i), [zone]: `zone-${i % 10}` },
  },
  status: {
    capacity: { cpu: '32', memory: '64Gi', pods: '110' },
    allocatable: { cpu: '32', memory: '64Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  },
});

const pod = ({ rules }: Shape, i: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `bench-${i}`, labels: { app: 'bench', color: color(i) } },
  spec: {
    containers: [
      { name: 'c', image: 'pause', resources: { requests: { cpu: '100m', memory: '100Mi' } } },
    ],
    ...rules(i),
  },
});
