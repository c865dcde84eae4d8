import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { nodes, podGroups, pods } from '@berth/api';
import type { ApiRequest, Transport } from '@berth/api';
import { startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { createClient, createEventRecorder, createInformerFactory } from '@berth/client';
import type { Client } from '@berth/client';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { createScheduler, createSchedulerMetrics } from '@berth/scheduler';
import { eventually } from '../eventually.ts';

const podNames = ['a', 'b', 'c', 'd'];
/** Both nodes together hold all pods and not one more, so that a pod that counts twice or not at all shows. */
const roomPerNode = podNames.length / 2;
const isBind = ({ method, path }: ApiRequest) => method === 'POST' && /\/binding(\?|$)/.test(path);
/** The group of all of them, where they are in one. */
const gang = 'gang';
/** Lists and watches of what has no part in this; to die at one of them is to die at any. */
const isAside = ({ method, path }: ApiRequest) =>
  method === 'GET' && !/^\/api\/v1\/(pods|nodes|namespaces\/)/.test(path);
const scheduler = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };

/** A scheduler on a transport of its own; `stop` ends its watches, whether or not it can still do anything else. */
function runScheduler(transport: Transport) {
  const clock = systemClock;
  const random = Math.random;
  const logger = silentLogger;
  const client = createClient(transport, { userAgent: 'kube-scheduler' });
  const informers = createInformerFactory({ client, clock, random, logger });
  const identity = { component: 'default-scheduler', instance: randomUUID() };
  const recorder = createEventRecorder({ client, clock, logger, ...identity });
  const metrics = createSchedulerMetrics(createMetrics());
  const stop = new AbortController();
  const options = { client, informers, recorder, clock, random, logger, metrics };
  const placing = createScheduler(options);
  const ended = Promise.all([informers.run(stop.signal), placing.run(stop.signal)]);
  return { stop: () => stop.abort(), ended };
}

const isEverythingPlaced = async (client: Client) =>
  (await client.list(pods)).items.every(({ spec }) => spec.nodeName);

async function isGangScheduled(client: Client): Promise<boolean> {
  const { status } = await client.get(podGroups, { namespace: 'default', name: gang });
  const [condition] = status?.conditions ?? [];
  return condition?.type === 'PodGroupScheduled' && condition.status === 'True';
}

/** What every history has to end in, whatever happened on the way. */
async function checkPlaced(client: Client, binds: ReadonlyMap<string, number>): Promise<void> {
  await eventually(() => isEverythingPlaced(client));
  const { items: placed } = await client.list(pods);
  assert.equal(placed.length, podNames.length);
  const on = (name: string) => placed.filter(({ spec }) => spec.nodeName === name).length;
  assert.deepEqual([on('n1'), on('n2')], [roomPerNode, roomPerNode]);
  assert.deepEqual(
    [...binds.values()],
    podNames.map(() => 1),
    'each pod was bound once',
  );
}

async function startCluster(grouping: Grouping = 'apart') {
  const api = await startApiServer();
  const client = createClient(api.transport, { userAgent: 'test' });
  const room = { cpu: '4', memory: '8Gi', pods: String(roomPerNode) };
  for (const name of ['n1', 'n2']) {
    const node = await client.create(nodes, { metadata: { name }, spec: {} });
    await client.updateStatus(nodes, { ...node, status: { capacity: room, allocatable: room } });
  }
  const schedulingGroup = { podGroupName: gang };
  const containers = [{ name: 'main', image: 'example.com/app:1' }];
  const spec = { containers, ...(grouping === 'gang' && { schedulingGroup }) };
  if (grouping === 'gang') {
    const schedulingPolicy = { gang: { minCount: podNames.length } };
    await client.create(podGroups, {
      metadata: { name: gang, namespace: 'default' },
      spec: { schedulingPolicy },
    });
  }
  for (const name of podNames) {
    await client.create(pods, { metadata: { name, namespace: 'default' }, spec });
  }
  return { api, client, ...countBinds(api) };
}

/** The scheduler's way to the server, with a count of the binds that the server carried out. */
function countBinds(api: TestServer) {
  const binds = new Map<string, number>();
  const inner = api.as(scheduler);
  const transport: Transport = async (request, signal) => {
    const response = await inner(request, signal);
    if (isBind(request) && response.status < 300) {
      binds.set(request.path, (binds.get(request.path) ?? 0) + 1);
    }
    return response;
  };
  return { binds, transport };
}

type Grouping = 'apart' | 'gang';

const never = new Promise<never>(() => undefined);

describe('a scheduler', function () {
  this.timeout(180_000);

  for (const [grouping, what] of [
    ['apart', 'no pod unplaced and none bound twice'],
    ['gang', 'no gang in parts and none of its pods bound twice'],
  ] as const)
    it(`killed before or after any of its calls leaves ${what}`, async () => {
      let points = 0;
      for (let deadly = 0; deadly === 0 || points > deadly; deadly += 1) {
        const { api, client, binds, transport } = await startCluster(grouping);
        points = 0;
        let underWay = 0;
        let died: () => void = () => undefined;
        const death = new Promise<void>((resolve) => (died = resolve));
        /** Goes on unless this is where the process ends; then nothing of it goes on ever again. */
        const step = async () => {
          if (points++ < deadly) return;
          died();
          await never;
        };
        const first = runScheduler(async (request, signal) => {
          if (isAside(request)) return transport(request, signal);
          await step();
          underWay += 1;
          const response = await transport(request, signal).finally(() => (underWay -= 1));
          await step();
          return response;
        });
        const finished = eventually(() => isEverythingPlaced(client)).catch(() => undefined);
        await Promise.race([death, finished]);
        // A lease lasts longer than what its holder has sent; without that, two could fill the same room.
        await eventually(() => underWay === 0);
        const second = runScheduler(transport);
        await checkPlaced(client, binds);
        if (grouping === 'gang') await eventually(() => isGangScheduled(client));
        first.stop();
        second.stop();
        await second.ended;
        await api.close();
      }
      assert.ok(points >= 4 * podNames.length, `only ${points} points`);
    });

  for (const lost of ['the request', 'the answer'] as const) {
    it(`that loses ${lost} of any bind finds out what became of it`, async () => {
      for (const unlucky of [0, podNames.length - 1]) {
        const { api, client, binds, transport } = await startCluster();
        let count = 0;
        let lookUpsLost = 0;
        const running = runScheduler(async (request, signal) => {
          const isUnlucky = isBind(request) && count++ === unlucky;
          if (isUnlucky && lost === 'the request') throw new Error('connection reset');
          // The network stays away for a while: the first question about the pod is lost, too.
          if (request.method === 'GET' && /\/pods\/\w+$/.test(request.path) && lookUpsLost++ < 1) {
            throw new Error('connection refused');
          }
          const response = await transport(request, signal);
          if (isUnlucky) throw new Error('connection reset');
          return response;
        });
        await checkPlaced(client, binds);
        await eventually(() => lookUpsLost > 1);
        running.stop();
        await running.ended;
        await api.close();
      }
    });
  }
});
