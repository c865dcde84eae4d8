import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configMaps, pods } from '@berth/api';
import type { Pod } from '@berth/api';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { startCluster } from '../testing/cluster.ts';
import type { Cluster } from '../testing/cluster.ts';
import { skip, whyNotRoot } from '../testing/skip.ts';
import { whyNoTools } from '../testing/tools.ts';
import { deploySample, isReady, sampleManifest, samplePods } from './sample.ts';

const rounds = 20;
const victims = [
  'apiserver',
  'scheduler',
  'controller-manager',
  'agent-node-1',
  'agent-node-2',
  'containerd-node-1',
  'containerd-node-2',
];

/** Park and Miller's generator: the order of kills can be had again from its seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

describe('kill -9 of every process', () => {
  let cluster: Cluster;
  let started: Cluster | undefined;

  before(async function () {
    const why = whyNotRoot() ?? whyNoTools();
    if (why) skip(this, why);
    this.timeout(200_000);
    cluster = started = await startCluster({
      runtime: 'containerd',
      nodes: 2,
      flags: ['--separate-processes'],
    });
    await deploySample(cluster);
  });
  after(async function () {
    this.timeout(100_000);
    await started?.stop();
  });

  it(`loses no acknowledged write, moves no pod and restarts no container in ${rounds} rounds`, async function () {
    this.timeout(420_000);
    const seed = Date.now() % 2147483647;
    console.log(`      seed ${seed}`);
    const random = createRandom(seed);
    const stop = new AbortController();
    const writer = keepWriting(cluster, stop.signal);
    const watcher = watchBindings(cluster, stop.signal);
    const before = containersOf(await samplePods(cluster));
    try {
      for (let round = 0; round < rounds; round += 1) {
        const victim = victims[Math.floor(random() * victims.length)]!;
        const known = (await cluster.pids())[victim]!;
        process.kill(known, 'SIGKILL');
        await eventually(async () => (await cluster.pids())[victim] !== known, {
          withinMs: 30_000,
          everyMs: 50,
        });
        await eventuallyHolds(() => cluster.client.getPath('/api'), { withinMs: 30_000 });
      }
      await converged(cluster);
    } finally {
      stop.abort();
    }
    const acknowledged = await writer;
    assert.ok(acknowledged.length > 0, 'nothing was written');
    const { items } = await cluster.client.list(configMaps, { namespace: 'default' });
    const kept = new Set(items.map(({ metadata }) => metadata.name));
    assert.deepEqual(
      acknowledged.filter((name) => !kept.has(name)),
      [],
    );
    assert.deepEqual(await watcher, []);
    assert.deepEqual(containersOf(await samplePods(cluster)), before);
  });

  it('leaves no address, sandbox or shim without a pod', async function () {
    this.timeout(120_000);
    await cluster.kubectl('delete', '-f', sampleManifest, '--wait');
    await eventually(async () => (await samplePods(cluster)).length === 0, { withinMs: 60_000 });
    await eventually(async () => (await shimsOf(cluster)).length === 0, { withinMs: 60_000 });
    await eventually(async () => (await leasesOf(cluster)).length === 0, { withinMs: 30_000 });
  });
});

/** Creates ConfigMaps one after the other; resolves to the names of those that the server acknowledged. */
async function keepWriting({ client }: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; !signal.aborted; i += 1) {
    const name = `written-${i}`;
    try {
      await client.create(configMaps, { metadata: { namespace: 'default', name } });
      acknowledged.push(name);
    } catch {
      // No answer, or a refusal while the server comes up: this name counts for nothing.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return acknowledged;
}

/** Resolves to every pod that was seen on two nodes. */
async function watchBindings({ client }: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  const bound = new Map<string, string>();
  const moved: string[] = [];
  while (!signal.aborted) {
    try {
      const options = { namespace: 'default', sendInitialEvents: true };
      for await (const change of client.watch(pods, options, signal)) {
        if (change.type === 'BOOKMARK') continue;
        const { metadata, spec } = change.object;
        const known = bound.get(metadata.uid);
        if (known && spec.nodeName !== known) moved.push(`${metadata.name}: ${known}`);
        if (spec.nodeName) bound.set(metadata.uid, spec.nodeName);
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return moved;
}

const containersOf = (all: readonly Pod[]) =>
  Object.fromEntries(
    all.map(({ metadata, status }) => [
      metadata.name,
      (status?.containerStatuses ?? []).map(({ containerID, restartCount }) => ({
        containerID,
        restartCount,
      })),
    ]),
  );

async function converged(cluster: Cluster): Promise<void> {
  await eventuallyHolds(
    async () => {
      const all = await samplePods(cluster);
      assert.equal(all.filter(isReady).length, all.length);
      const ready = await cluster.kubectl(
        'get',
        'nodes',
        '-o',
        'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
      );
      assert.equal(ready.trim(), 'True True');
    },
    { withinMs: 90_000, everyMs: 500 },
  );
}

/** Shims that answer to a containerd of this cluster. */
async function shimsOf(cluster: Cluster): Promise<readonly string[]> {
  const sockets = await socketsOf(cluster);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter(
    (line) => line.includes('containerd-shim') && sockets.some((socket) => line.includes(socket)),
  );
}

async function socketsOf(cluster: Cluster): Promise<readonly string[]> {
  const pids = await cluster.pids();
  const agents = Object.entries(pids).filter(([name]) => name.startsWith('agent-'));
  return Promise.all(
    agents.map(async ([, pid]) => {
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
      const endpoint = words[words.indexOf('--container-runtime-endpoint') + 1] ?? '';
      return endpoint.replace('unix://', '');
    }),
  );
}

/** Pod addresses that are still taken. */
async function leasesOf({ dataDir }: Cluster): Promise<readonly string[]> {
  const nodes = ['node-1', 'node-2'];
  const lists = await Promise.all(
    nodes.map((node) => readdir(join(dataDir, 'nodes', node, 'agent/ipam/berth')).catch(() => [])),
  );
  return lists.flat().filter((name) => /^\d+\.\d+\.\d+\.\d+$/.test(name));
}
