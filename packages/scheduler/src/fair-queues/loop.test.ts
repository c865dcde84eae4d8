import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodes, podGroups, pods, queueNameLabel, queues } from '@berth/api';
import type { Pod, PodGroup, QueueSpec } from '@berth/api';
import { makeNode, makePod, makePodGroup, makeQueue } from '@berth/api/testing';
import { createStillCluster } from '../testing/still-cluster.ts';
import type { StillCluster } from '../testing/still-cluster.ts';

const configuration = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
  plugins: {multiPoint: {enabled: [{name: FairQueues}]}}
- schedulerName: plain
`;

interface Demand {
  readonly cpu: number;
  readonly memory: number;
}

const podOf = (
  name: string,
  queue: string | undefined,
  { cpu, memory }: Demand,
  spec: Partial<Pod['spec']> = {},
): Pod =>
  makePod(
    name,
    {
      schedulerName: 'default-scheduler',
      containers: [
        {
          name: 'main',
          image: 'example.com/app:1',
          resources: { requests: { cpu: String(cpu), memory: `${memory}Gi` } },
        },
      ],
      ...spec,
    },
    { metadata: queue === undefined ? {} : { labels: { [queueNameLabel]: queue } } },
  );
const nodeOf = (name: string, { cpu, memory }: Demand) =>
  makeNode(
    name,
    {},
    { status: { allocatable: { cpu: String(cpu), memory: `${memory}Gi`, pods: '500' } } },
  );
const messageOf = (pod: Pod) =>
  pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message;
const small = { cpu: 1, memory: 1 };

describe('fair queues in the loop', () => {
  let cluster: StillCluster;

  beforeEach(() => {
    cluster = createStillCluster(configuration);
  });
  afterEach(() => cluster.stop());

  const addQueue = (name: string, spec: QueueSpec = {}) =>
    cluster.add(queues, makeQueue(name, spec));
  const addPods = (queue: string, count: number, demand: Demand = small, from = 0) => {
    for (let i = from; i < from + count; i += 1)
      cluster.add(pods, podOf(`${queue}-${i}`, queue, demand));
  };
  const running = (queue: string) =>
    cluster
      .pods()
      .filter(({ metadata, spec }) => metadata.labels?.[queueNameLabel] === queue && spec.nodeName)
      .length;
  const start = async () => {
    cluster.start();
    await cluster.settle();
  };
  const leaving = () =>
    cluster
      .pods()
      .filter(({ metadata }) => metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name)
      .sort();
  const end = async (...names: readonly string[]) => {
    for (const name of names) cluster.remove(pods, name);
    await cluster.settle();
  };

  it('divide 9 CPU and 18 GB between tasks of <1, 4> and <3, 1> as the theory does: 3 and 2', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 9, memory: 18 }));
    addQueue('a');
    addQueue('b');
    addPods('a', 9, { cpu: 1, memory: 4 });
    addPods('b', 9, { cpu: 3, memory: 1 });
    await start();
    assert.deepEqual([running('a'), running('b')], [3, 2]);
    assert.match(messageOf(cluster.pod('a-8')) ?? '', /^0\/1 nodes are available: 1 Insufficient/);
    // Whoever has less goes on when something ends.
    await end('b-0');
    assert.deepEqual([running('a'), running('b')], [3, 2]);
    await end('a-0', 'a-1');
    assert.deepEqual([running('a'), running('b')], [3, 2]);
  });

  it('share tasks equally within one, over 1,000 clusters', async () => {
    const demand = fc.record({
      cpu: fc.integer({ min: 1, max: 6 }),
      memory: fc.integer({ min: 1, max: 6 }),
    });
    const users = fc.array(fc.tuple(demand, fc.integer({ min: 1, max: 3 })), {
      minLength: 2,
      maxLength: 4,
    });
    const room = fc.record({
      cpu: fc.integer({ min: 8, max: 16 }),
      memory: fc.integer({ min: 8, max: 16 }),
    });
    await fc.assert(
      fc.asyncProperty(room, users, async (capacity, demands) => {
        cluster = createStillCluster(configuration);
        cluster.add(nodes, nodeOf('n1', capacity));
        for (const [i, [each, weight]] of demands.entries()) {
          addQueue(`q${i}`, { weight });
          addPods(`q${i}`, 17, each);
        }
        await start();
        await cluster.stop();
        const counts = demands.map(() => 0);
        const used = { cpu: 0, memory: 0 };
        const hasRoom = ({ cpu, memory }: Demand) =>
          used.cpu + cpu <= capacity.cpu && used.memory + memory <= capacity.memory;
        const shareOf = (i: number) => {
          const [each, weight] = demands[i]!;
          const part = Math.max(each.cpu / capacity.cpu, each.memory / capacity.memory);
          return (counts[i]! * part) / weight;
        };
        for (const name of cluster.bound) {
          const served = Number(name.slice(1, 2));
          for (const [i, [each]] of demands.entries()) {
            if (!hasRoom(each)) continue;
            assert.ok(shareOf(served) <= shareOf(i) + 1e-12, `${name} came before q${i}`);
          }
          counts[served]! += 1;
          used.cpu += demands[served]![0].cpu;
          used.memory += demands[served]![0].memory;
        }
        for (const [each] of demands) assert.ok(!hasRoom(each));
      }),
      { numRuns: 1_000 },
    );
  }).timeout(120_000);

  it('hold pods back at the quota, say what they wait for, and let them go one by one', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 100, memory: 100 }));
    addQueue('a', { nominalQuota: { cpu: '2' } });
    addPods('a', 5);
    await start();
    assert.equal(running('a'), 2);
    assert.equal(
      messageOf(cluster.pod('a-4')),
      'queue "a" is at its quota: requested: cpu=1, used: cpu=2, limited: cpu=2.',
    );
    const before = new Map(cluster.reports);
    await cluster.clock.advance(20 * 60_000);
    assert.deepEqual(cluster.reports, before);
    await end('a-0');
    assert.equal(running('a'), 2);
    assert.equal(cluster.pod('a-2').spec.nodeName, 'n1');
    // The others were not even looked at.
    assert.equal(cluster.reports.get('a-4'), before.get('a-4'));
    cluster.update(queues, makeQueue('a', { nominalQuota: { cpu: '4' } }));
    await cluster.settle();
    assert.equal(running('a'), 4);
  });

  it('let the higher priority go first, and what is smaller go while what is larger does not fit', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 100, memory: 100 }));
    addQueue('a', { nominalQuota: { cpu: '4' } });
    cluster.add(pods, podOf('low', 'a', { cpu: 3, memory: 1 }));
    cluster.add(pods, podOf('high', 'a', { cpu: 3, memory: 1 }, { priority: 7 }));
    cluster.add(pods, podOf('tiny', 'a', small));
    await start();
    assert.deepEqual(cluster.bound, ['high', 'tiny']);
  });

  it('take pods without a queue for those of the default one, which needs no object', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 4, memory: 4 }));
    addQueue('a', { weight: 3 });
    addPods('a', 6);
    for (let i = 0; i < 6; i += 1) cluster.add(pods, podOf(`other-${i}`, undefined, small));
    await start();
    assert.equal(running('a'), 3);
    addQueue('default', { nominalQuota: { cpu: '1' } });
    await end('a-0', 'a-1', 'a-2', 'a-3', 'a-4', 'a-5');
    assert.equal(cluster.bound.filter((name) => name.startsWith('other')).length, 1);
  });

  it('hold pods of queues that are not there, and move pods that name another', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 100, memory: 100 }));
    addQueue('full', { nominalQuota: { cpu: '0' } });
    cluster.add(pods, podOf('lost', 'nowhere', small));
    cluster.add(pods, podOf('moves', 'full', small));
    await start();
    assert.equal(messageOf(cluster.pod('lost')), 'queue "nowhere" does not exist.');
    addQueue('nowhere');
    await cluster.settle();
    assert.equal(cluster.pod('lost').spec.nodeName, 'n1');
    cluster.update(pods, podOf('moves', 'nowhere', small));
    await cluster.settle();
    assert.equal(cluster.pod('moves').spec.nodeName, 'n1');
    cluster.remove(queues, 'nowhere');
    cluster.add(pods, podOf('late', 'nowhere', small));
    await cluster.settle();
    assert.equal(cluster.pod('late').spec.nodeName, undefined);
  });

  it('leave pods of other profiles alone', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 3, memory: 3 }));
    addQueue('a', { nominalQuota: { cpu: '0' } });
    cluster.add(pods, podOf('free', 'a', small, { schedulerName: 'plain' }));
    await start();
    assert.equal(cluster.pod('free').spec.nodeName, 'n1');
  });

  it('lend what is not used, and take it back within two rounds when it is asked for', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 8, memory: 100 }));
    addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '4' }, borrowingLimit: { cpu: '3' } });
    addPods('guest', 9);
    await start();
    assert.equal(running('guest'), 7);
    assert.equal(
      messageOf(cluster.pod('guest-8')),
      'queue "guest" is at its borrowing limit: requested: cpu=1, used: cpu=7, limited: cpu=7.',
    );
    addPods('owner', 5);
    await cluster.settle();
    assert.equal(running('owner'), 1);
    assert.equal(leaving().length, 3);
    const victim = cluster.pod(leaving()[0]!);
    const condition = victim.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
    assert.deepEqual(
      [condition?.reason, condition?.message],
      [
        'PreemptionByScheduler',
        'default-scheduler: preempting to give queue "owner" what it is due',
      ],
    );
    // Nobody is asked twice, and nobody else gets the place.
    addPods('guest', 3, small, 20);
    await cluster.settle();
    assert.equal(leaving().length, 3);
    await end(...leaving());
    assert.deepEqual([running('owner'), running('guest')], [4, 4]);
    assert.match(
      messageOf(cluster.pod('owner-4')) ?? '',
      /^queue "owner" waits for what the queues of its cohort "c" use: requested: cpu=1, used: cpu=8, limited: cpu=8\.$/,
    );
    await end('owner-0', 'owner-1');
    assert.deepEqual([running('owner'), running('guest')], [3, 5]);
  });

  it('take back on one node what a pod needs on one node', async () => {
    for (const name of ['n1', 'n2']) cluster.add(nodes, nodeOf(name, { cpu: 4, memory: 100 }));
    addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addPods('guest', 4, { cpu: 2, memory: 1 });
    await start();
    assert.equal(running('guest'), 4);
    addPods('owner', 1, { cpu: 4, memory: 1 });
    await cluster.settle();
    const nodesLeft = new Set(leaving().map((name) => cluster.pod(name).spec.nodeName));
    assert.deepEqual([leaving().length, nodesLeft.size], [2, 1]);
    assert.equal(cluster.pod('owner-0').status?.nominatedNodeName, [...nodesLeft][0]);
    await end(...leaving());
    assert.equal(running('owner'), 1);
  });

  it('evict nobody for a pod that would not fit afterwards', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 8, memory: 100 }));
    addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addPods('guest', 8);
    await start();
    cluster.add(pods, podOf('picky', 'owner', small, { nodeSelector: { no: 'where' } }));
    cluster.add(pods, podOf('wide', 'owner', { cpu: 1, memory: 200 }));
    await cluster.settle();
    assert.deepEqual(leaving(), []);
    assert.equal(cluster.pod('picky').spec.nodeName, undefined);
    // There is a place now, and only the quota is with others.
    const status = nodeOf('n2', small).status!;
    const metadata = { labels: { no: 'where' } };
    cluster.add(nodes, makeNode('n2', {}, { metadata, status }));
    await cluster.settle();
    assert.equal(leaving().length, 1);
    await end(...leaving());
    assert.equal(cluster.pod('picky').spec.nodeName, 'n2');
  });

  it('take back room where the cluster has less than the quotas promise', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 6, memory: 100 }));
    addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addPods('guest', 6);
    await start();
    assert.equal(running('guest'), 6);
    addPods('owner', 4);
    await cluster.settle();
    await end(...leaving());
    assert.deepEqual([running('owner'), running('guest')], [2, 4]);
    assert.deepEqual(leaving(), []);
  });

  it('take from a queue of their own what matters less, when it says so', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 100, memory: 100 }));
    addQueue('a', { nominalQuota: { cpu: '2' }, preemption: { withinQueue: 'LowerPriority' } });
    addPods('a', 2);
    await start();
    cluster.add(pods, podOf('urgent', 'a', small, { priority: 9 }));
    await cluster.settle();
    assert.equal(leaving().length, 1);
    await end(...leaving());
    assert.equal(cluster.pod('urgent').spec.nodeName, 'n1');
  });

  it('try again when those could not be evicted who had to leave', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 4, memory: 100 }));
    addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '2' } });
    addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '2' } });
    addPods('guest', 4);
    for (const name of ['guest-0', 'guest-1', 'guest-2', 'guest-3']) cluster.unevictable.add(name);
    await start();
    addPods('owner', 1);
    await cluster.settle();
    assert.deepEqual([leaving(), running('guest')], [[], 4]);
    cluster.unevictable.clear();
    await cluster.clock.advance(5_000);
    assert.equal(leaving().length, 1);
    await end(...leaving());
    assert.equal(running('owner'), 1);
  });

  it('give back what a bind that failed had taken', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 100, memory: 100 }));
    addQueue('a', { nominalQuota: { cpu: '1' } });
    cluster.unbindable.add('a-0');
    addPods('a', 2);
    await start();
    assert.deepEqual(cluster.bound, ['a-1']);
    cluster.unbindable.clear();
    await cluster.clock.advance(5_000);
    assert.deepEqual(cluster.bound, ['a-1']);
    await end('a-1');
    assert.deepEqual(cluster.bound, ['a-1', 'a-0']);
  });

  it('know after a restart who has what', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 8, memory: 100 }));
    addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '4' } });
    addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '4' }, borrowingLimit: { cpu: '2' } });
    addPods('guest', 9);
    addPods('owner', 1);
    await start();
    addPods('owner', 3, small, 1);
    await cluster.settle();
    const before = [running('owner'), running('guest'), leaving()];
    assert.deepEqual(before.slice(0, 2), [2, 6]);
    await cluster.stop();
    await start();
    assert.deepEqual([running('owner'), running('guest'), leaving()], before);
    await end(...leaving());
    assert.deepEqual([running('owner'), running('guest')], [4, 4]);
  });

  it('take the pods of a gang when there is quota for all that it needs, and none before', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 100, memory: 100 }));
    addQueue('a', { nominalQuota: { cpu: '2' } });
    cluster.add(podGroups, makePodGroup('gang', 3));
    const schedulingGroup = { podGroupName: 'gang' };
    for (let i = 0; i < 3; i += 1)
      cluster.add(pods, podOf(`a-${i}`, 'a', small, { schedulingGroup }));
    await start();
    assert.equal(running('a'), 0);
    assert.match(messageOf(cluster.pod('a-2')) ?? '', /^queue "a" is at its quota: /);
    cluster.add(pods, podOf('single', 'a', small));
    await cluster.settle();
    assert.deepEqual(cluster.bound, ['single']);
    cluster.update(queues, makeQueue('a', { nominalQuota: { cpu: '4' } }));
    await cluster.clock.advance(15_000);
    await cluster.settle();
    assert.equal(running('a'), 4);
  });

  it('have all pods of a group leave that goes as a whole, or pods of others that are fewer', async () => {
    const addGroup = (name: string, disruptionMode: string) => {
      const group = makePodGroup(name, 3);
      const whole: PodGroup = { ...group, spec: { ...group.spec, disruptionMode } };
      cluster.add(podGroups, whole);
      const schedulingGroup = { podGroupName: name };
      for (let i = 0; i < 3; i += 1)
        cluster.add(pods, podOf(`${name}-${i}`, 'guest', small, { schedulingGroup }));
    };
    for (const [mode, leave] of [
      ['Pod', 1],
      ['PodGroup', 3],
    ] as const) {
      cluster = createStillCluster(configuration);
      for (const name of ['n1', 'n2', 'n3'])
        cluster.add(nodes, nodeOf(name, { cpu: 1, memory: 100 }));
      addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '2' } });
      addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '1' } });
      addGroup('g', mode);
      await start();
      assert.equal(running('guest'), 3);
      addPods('owner', 1);
      await cluster.settle();
      assert.equal(leaving().length, leave, mode);
      await end(...leaving());
      assert.equal(running('owner'), 1);
      await cluster.stop();
    }
    cluster = createStillCluster(configuration);
    cluster.add(nodes, nodeOf('n1', { cpu: 4, memory: 100 }));
    addQueue('owner', { cohort: 'c', nominalQuota: { cpu: '3' } });
    addQueue('guest', { cohort: 'c', nominalQuota: { cpu: '1' } });
    addGroup('g', 'PodGroup');
    addPods('guest', 1);
    await start();
    assert.equal(running('guest'), 4);
    addPods('owner', 1);
    await cluster.settle();
    assert.deepEqual(leaving(), ['guest-0']);
  });

  it('have nobody leave for a gang that the quota does not have enough for', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 4, memory: 100 }));
    addQueue('a', { nominalQuota: { cpu: '2' } });
    addQueue('b', { nominalQuota: { cpu: '4' } });
    addPods('b', 4);
    await start();
    assert.equal(running('b'), 4);
    const addGang = (name: string, count: number) => {
      cluster.add(podGroups, makePodGroup(name, count));
      const spec = { schedulingGroup: { podGroupName: name }, priority: 10 };
      for (let i = 0; i < count; i += 1) cluster.add(pods, podOf(`${name}-${i}`, 'a', small, spec));
    };
    addGang('large', 3);
    await cluster.settle();
    assert.deepEqual(leaving(), []);
    addGang('small', 2);
    await cluster.settle();
    assert.equal(leaving().length, 2);
  });

  it('write down how they stand', async () => {
    cluster.add(nodes, nodeOf('n1', { cpu: 9, memory: 18 }));
    addQueue('a', { nominalQuota: { cpu: '2' } });
    addQueue('b', { weight: 2 });
    addPods('a', 5, { cpu: 1, memory: 4 });
    addPods('b', 1, { cpu: 3, memory: 1 });
    await start();
    await cluster.clock.advance(1_000);
    assert.deepEqual(cluster.object(queues, 'a')?.status, {
      allocated: { cpu: '2', memory: '8Gi' },
      dominantShare: '444m',
      admittedPods: 2,
      pendingPods: 3,
    });
    assert.deepEqual(cluster.object(queues, 'b')?.status, {
      allocated: { cpu: '3', memory: '1Gi' },
      dominantShare: '167m',
      admittedPods: 1,
      pendingPods: 0,
    });
    await end('b-0');
    await cluster.clock.advance(1_000);
    assert.deepEqual(cluster.object(queues, 'b')?.status, {
      dominantShare: '0',
      admittedPods: 0,
      pendingPods: 0,
    });
  });
});
