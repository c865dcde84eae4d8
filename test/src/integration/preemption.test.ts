import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { events, nodes, pods } from '@berth/api';
import type { Pod } from '@berth/api';
import { startApiServer } from '@berth/apiserver/testing';
import { createClient, createEventRecorder, createInformerFactory } from '@berth/client';
import type { Client } from '@berth/client';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { createScheduler, createSchedulerMetrics } from '@berth/scheduler';
import { eventually } from '../eventually.ts';

const namespace = 'default';

async function startCluster() {
  const api = await startApiServer();
  const admin = createClient(api.transport, { userAgent: 'test' });
  const node = await admin.create(nodes, { metadata: { name: 'n1' }, spec: {} });
  const room = { cpu: '1', memory: '1Gi', pods: '10' };
  await admin.updateStatus(nodes, { ...node, status: { capacity: room, allocatable: room } });
  const clock = systemClock;
  const random = Math.random;
  const logger = silentLogger;
  const transport = api.as({ name: 'system:kube-scheduler', groups: ['system:authenticated'] });
  const client = createClient(transport, { userAgent: 'kube-scheduler' });
  const informers = createInformerFactory({ client, clock, random, logger });
  const identity = { component: 'default-scheduler', instance: randomUUID() };
  const recorder = createEventRecorder({ client, clock, logger, ...identity });
  const metrics = createSchedulerMetrics(createMetrics());
  const placing = createScheduler({ client, informers, recorder, clock, random, logger, metrics });
  const stop = new AbortController();
  const ended = Promise.all([informers.run(stop.signal), placing.run(stop.signal)]);
  return {
    admin,
    async stop() {
      stop.abort();
      await ended;
      await api.close();
    },
  };
}

const createPod = (client: Client, name: string, priority: number, cpu: string) =>
  client.create(pods, {
    metadata: { name, namespace },
    spec: {
      priority,
      containers: [{ name: 'main', image: 'example.com/app:1', resources: { requests: { cpu } } }],
    },
  });
const podNamed = (client: Client, name: string): Promise<Pod> =>
  client.get(pods, { namespace, name });
const isPlaced = async (client: Client, name: string) =>
  (await podNamed(client, name)).spec.nodeName === 'n1';

describe('preemption', () => {
  it('makes room for a pod, tells everybody, and places it when the victim is gone', async () => {
    const { admin, stop } = await startCluster();
    try {
      await createPod(admin, 'small', 1, '300m');
      await createPod(admin, 'large', 1, '600m');
      await eventually(async () => (await isPlaced(admin, 'small')) && isPlaced(admin, 'large'));
      const urgent = await createPod(admin, 'urgent', 1000, '700m');

      await eventually(async () => {
        const { metadata, status } = await podNamed(admin, 'large');
        return Boolean(metadata.deletionTimestamp) && Boolean(status);
      });
      const victim = await podNamed(admin, 'large');
      const condition = victim.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
      assert.deepEqual(
        [condition?.status, condition?.reason, condition?.message, condition?.observedGeneration],
        [
          'True',
          'PreemptionByScheduler',
          'default-scheduler: preempting to accommodate a higher priority pod',
          1,
        ],
      );
      assert.equal((await podNamed(admin, 'small')).metadata.deletionTimestamp, undefined);
      await eventually(
        async () => (await podNamed(admin, 'urgent')).status?.nominatedNodeName === 'n1',
      );
      await eventually(async () => {
        const { items } = await admin.list(events, { namespace });
        const said = items.find(({ reason }) => reason === 'Preempted');
        return said?.message === `Preempted by pod ${urgent.metadata.uid} on node n1`;
      });

      // What the node's agent would do once the containers have ended.
      await admin.remove(pods, victim.metadata, { gracePeriodSeconds: 0 });
      await eventually(() => isPlaced(admin, 'urgent'));
      assert.ok(await isPlaced(admin, 'small'));
    } finally {
      await stop();
    }
  });

  it('keeps no place for a pod that somebody else has placed elsewhere', async () => {
    const { admin, stop } = await startCluster();
    try {
      await admin.create(nodes, { metadata: { name: 'n2' }, spec: { unschedulable: true } });
      await createPod(admin, 'large', 1, '600m');
      await eventually(() => isPlaced(admin, 'large'));
      await createPod(admin, 'urgent', 1000, '700m');
      await eventually(async () => {
        const [large, urgent] = [await podNamed(admin, 'large'), await podNamed(admin, 'urgent')];
        return large.metadata.deletionTimestamp && urgent.status?.nominatedNodeName === 'n1';
      });
      // Would fit beside what is still there, but not beside what is to come.
      await createPod(admin, 'late', 10, '400m');
      await eventually(async () => {
        const { status } = await podNamed(admin, 'late');
        return status?.conditions?.some(({ reason }) => reason === 'Unschedulable');
      });

      const target = { apiVersion: 'v1', kind: 'Node', name: 'n2' };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'urgent' }, target };
      await admin.createSubresource(pods, { namespace, name: 'urgent' }, 'binding', binding);
      await eventually(() => isPlaced(admin, 'late'));
    } finally {
      await stop();
    }
  });

  it('says why it does not help', async () => {
    const { admin, stop } = await startCluster();
    try {
      await createPod(admin, 'first', 1000, '600m');
      await eventually(() => isPlaced(admin, 'first'));
      await createPod(admin, 'second', 1000, '700m');
      await eventually(async () => {
        const { status } = await podNamed(admin, 'second');
        const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled');
        return (
          condition?.message ===
          '0/1 nodes are available: 1 Insufficient cpu. ' +
            'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.'
        );
      });
    } finally {
      await stop();
    }
  });
});
