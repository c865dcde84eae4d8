import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { events, findCondition, nodes, parseYamlDocuments, pods, queues } from '@berth/api';
import { queueNameLabel } from '@berth/api';
import type { PlacementExplanation, Queue } from '@berth/api';
import { startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { makePlacement } from '@berth/cluster/testing';
import { createClient, createEventRecorder, createInformerFactory } from '@berth/client';
import type { Client } from '@berth/client';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { createScheduler, createSchedulerMetrics, readConfiguration } from '@berth/scheduler';
import type { SchedulerConfiguration } from '@berth/scheduler';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { repository } from '../testing/repository.ts';

const examples = `${repository}deploy/examples/fair-queues/`;
const namespace = 'default';

/** Runs a scheduler as the user that it is in a cluster. */
function runScheduler(api: TestServer, configuration: SchedulerConfiguration) {
  const clock = systemClock;
  const random = Math.random;
  const logger = silentLogger;
  const user = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };
  const client = createClient(api.as(user), { userAgent: 'kube-scheduler' });
  const informers = createInformerFactory({ client, clock, random, logger });
  const identity = { component: 'batch-scheduler', instance: randomUUID() };
  const recorder = createEventRecorder({ client, clock, logger, ...identity });
  const metrics = createSchedulerMetrics(createMetrics());
  const tools = { client, informers, recorder, clock, random, logger, metrics };
  const scheduler = createScheduler({ ...tools, configuration });
  const stop = new AbortController();
  const ended = Promise.all([informers.run(stop.signal), scheduler.run(stop.signal)]);
  return async () => {
    stop.abort();
    await ended;
  };
}

describe('fair queues', function () {
  this.timeout(60_000);
  let api: TestServer;
  let client: Client;
  let configuration: SchedulerConfiguration;
  let stop: () => Promise<void>;

  before(async () => {
    configuration = readConfiguration(await readFile(`${examples}configuration.yaml`, 'utf8'));
  });
  beforeEach(async () => {
    const controllers = {
      name: 'system:kube-controller-manager',
      groups: ['system:authenticated'],
    };
    api = await startApiServer({
      placement: makePlacement({ configuration, controllerTransport: () => api.as(controllers) }),
    });
    client = createClient(api.transport, { userAgent: 'test' });
    stop = runScheduler(api, configuration);
  });
  afterEach(async () => {
    await stop();
    await api.close();
  });

  const addNode = async (cpu: string, memory: string) => {
    const room = { cpu, memory, pods: '110' };
    const node = await client.create(nodes, { metadata: { name: 'n1' }, spec: {} });
    await client.updateStatus(nodes, { ...node, status: { capacity: room, allocatable: room } });
  };
  const addQueues = async () => {
    const written = parseYamlDocuments(await readFile(`${examples}queues.yaml`, 'utf8'));
    for (const { value } of written) {
      const object = value as Queue;
      if (object.kind === queues.kind) await client.create(queues, object);
    }
  };
  const addPod = (
    name: string,
    queue: string | undefined,
    requests: Readonly<Record<string, string>>,
    schedulerName = 'batch-scheduler',
  ) =>
    client.create(pods, {
      metadata: { name, namespace, labels: queue === undefined ? {} : { [queueNameLabel]: queue } },
      spec: {
        schedulerName,
        containers: [{ name: 'main', image: 'example.com/app:1', resources: { requests } }],
      },
    });
  const list = async () => (await client.list(pods, { namespace })).items;
  const placed = async (prefix: string) =>
    (await list())
      .filter(({ metadata, spec }) => metadata.name.startsWith(prefix) && spec.nodeName)
      .map(({ metadata }) => metadata.name);
  const leaving = async () => (await list()).filter(({ metadata }) => metadata.deletionTimestamp);
  const messageOf = async (name: string) => {
    const { status } = await client.get(pods, { namespace, name });
    return findCondition(status?.conditions, 'PodScheduled')?.message ?? '';
  };
  const cpu = { cpu: '1', memory: '1Gi' };

  it('divide a cluster as dominant resource fairness does, and say how they stand', async () => {
    for (const name of ['a', 'b']) await client.create(queues, { metadata: { name }, spec: {} });
    // All are there before there is a node.
    for (let i = 0; i < 9; i += 1) {
      await addPod(`a-${i}`, 'a', { cpu: '1', memory: '4Gi' });
      await addPod(`b-${i}`, 'b', { cpu: '3', memory: '1Gi' });
    }
    await eventuallyHolds(async () => {
      assert.equal(await messageOf('b-8'), 'no nodes available to schedule pods');
    });
    await addNode('9', '18Gi');
    await eventuallyHolds(async () => {
      const { status } = await client.get(queues, { name: 'a' });
      assert.deepEqual(status, {
        allocated: { cpu: '3', memory: '12Gi' },
        ...{ dominantShare: '667m', admittedPods: 3, pendingPods: 6 },
      });
      const { status: other } = await client.get(queues, { name: 'b' });
      assert.deepEqual(other, {
        allocated: { cpu: '6', memory: '2Gi' },
        ...{ dominantShare: '667m', admittedPods: 2, pendingPods: 7 },
      });
    });
  });

  it('lend, hold back and say so, take back, and know it all after a restart', async () => {
    await addQueues();
    await addNode('5', '16Gi');
    for (let i = 0; i < 4; i += 1) await addPod(`language-${i}`, 'language', cpu);
    await eventually(async () => (await placed('language')).length === 3);
    for (let i = 0; i < 2; i += 1) await addPod(`any-${i}`, undefined, cpu);
    await eventually(async () => (await placed('any')).length === 1);

    const [held] = (await list()).filter(
      ({ metadata, spec }) => metadata.name.startsWith('language') && !spec.nodeName,
    );
    const { name } = held!.metadata;
    const why =
      'queue "language" is at its borrowing limit: requested: cpu=1, used: cpu=3, limited: cpu=3';
    await eventuallyHolds(async () => assert.equal(await messageOf(name), `${why}.`));
    await eventuallyHolds(async () => {
      const { items } = await client.list(events, { namespace });
      const said = items.find(
        ({ reason, involvedObject }) =>
          reason === 'FailedScheduling' && involvedObject.name === name,
      );
      assert.equal(said?.message, `${why}.`);
    });
    const { status } = await client.getSubresource<PlacementExplanation>(
      pods,
      { namespace, name },
      'why',
    );
    assert.deepEqual([status.outcome, status.message], ['Gated', why]);

    // Vision asks for its own: the one that has no quota at all goes first, by its share, and then who borrows.
    for (let i = 0; i < 2; i += 1) await addPod(`vision-${i}`, 'vision', cpu);
    await eventually(async () => (await leaving()).length === 2);
    assert.deepEqual(
      (await leaving()).map(({ metadata }) => metadata.name.replace(/-.*/, '')).sort(),
      ['any', 'language'],
    );
    const [victim] = await leaving();
    const target = findCondition(victim?.status?.conditions, 'DisruptionTarget');
    assert.deepEqual(
      [target?.reason, target?.message],
      [
        'PreemptionByScheduler',
        'batch-scheduler: preempting to give queue "vision" what it is due',
      ],
    );

    await stop();
    stop = runScheduler(api, configuration);
    for (const { metadata } of await leaving())
      await client.remove(pods, metadata, { gracePeriodSeconds: 0 });
    await eventually(async () => (await placed('vision')).length === 2);
    assert.equal((await placed('language')).length, 2);
    assert.deepEqual(await leaving(), []);

    // What is free again is lent again, and pods of other schedulers are none of the queues' business.
    for (const gone of await placed('vision'))
      await client.remove(pods, { namespace, name: gone }, { gracePeriodSeconds: 0 });
    await eventually(async () => (await placed('language')).length === 3);
    await addPod('plain', 'nowhere', { cpu: '100m', memory: '1Gi' }, 'default-scheduler');
    await addPod('lost', 'nowhere', { cpu: '100m', memory: '1Gi' });
    await eventuallyHolds(async () => {
      assert.equal(await messageOf('lost'), 'queue "nowhere" does not exist.');
    });
    await client.create(queues, { metadata: { name: 'nowhere' }, spec: {} });
    await eventually(async () => (await placed('lost')).length === 1);
  });
});
