import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodes, pods, queueNameLabel, queues } from '@berth/api';
import type { Pod, Queue } from '@berth/api';
import { makeNode, makePod, makeQueue } from '@berth/api/testing';
import { amountsOf, podRequests } from '../resources.ts';
import { createStillCluster } from '../testing/still-cluster.ts';
import type { StillCluster } from '../testing/still-cluster.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { planAdmission } from './plan-admission.ts';
import type { Claim } from './queue-terms.ts';
import { readQueue } from './read-queue.ts';

const configuration = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- plugins: {multiPoint: {enabled: [{name: FairQueues}], disabled: [{name: DefaultPreemption}]}}
`;

const names = ['q0', 'q1', 'q2'] as const;

type Step =
  | {
      readonly kind: 'pod';
      readonly queue: number;
      readonly cpu: number;
      readonly memory: number;
      readonly priority: number;
    }
  | { readonly kind: 'end'; readonly pod: number }
  | { readonly kind: 'move'; readonly pod: number; readonly queue: number }
  | { readonly kind: 'stick'; readonly pod: number }
  | { readonly kind: 'node'; readonly cpu: number }
  | { readonly kind: 'lose node' }
  | { readonly kind: 'queue'; readonly queue: number; readonly terms: Terms }
  | { readonly kind: 'no queue'; readonly queue: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'all leave' };

interface Terms {
  readonly cpu: number | undefined;
  readonly limit: number | undefined;
  readonly cohort: boolean;
  readonly reclaim: 'Never' | 'LowerPriority' | 'Any';
  readonly within: 'Never' | 'LowerPriority';
}

const terms = fc.record({
  cpu: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  limit: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  cohort: fc.boolean(),
  reclaim: fc.constantFrom('Never', 'LowerPriority', 'Any'),
  within: fc.constantFrom('Never', 'LowerPriority'),
} as const);
const queue = fc.nat(2);
const pod = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('pod' as const),
      queue,
      cpu: fc.integer({ min: 0, max: 3 }),
      memory: fc.integer({ min: 0, max: 3 }),
      priority: fc.nat(2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), pod }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), pod, queue }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stick' as const), pod }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('node' as const),
      cpu: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'lose node' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('queue' as const), queue, terms }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('no queue' as const), queue }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'all leave' as const }) },
);

/** A pod is promised the place of another one, and then there is no queue any more to let it go. */
const promisedWithoutQueue: Step[] = [
  ...[
    { queue: 0, cpu: 2 },
    { queue: 0, cpu: 2 },
    { queue: 0, cpu: 3 },
    { queue: 1, cpu: 3 },
  ].map((each) => ({ kind: 'pod' as const, ...each, memory: 0, priority: 0 })),
  { kind: 'no queue', queue: 1 },
];

const queueOf = (name: string, { cpu, limit, cohort, reclaim, within }: Terms): Queue =>
  makeQueue(name, {
    ...(cohort && { cohort: 'c' }),
    ...(cpu !== undefined && { nominalQuota: { cpu: String(cpu) } }),
    ...(cohort && cpu !== undefined && limit !== undefined
      ? { borrowingLimit: { cpu: String(limit) } }
      : {}),
    preemption: { reclaimWithinCohort: reclaim, withinQueue: within },
  });
const claimOf = (each: Pod): Claim => ({
  key: each.metadata.name,
  queue: each.metadata.labels?.[queueNameLabel] ?? '',
  priority: each.spec.priority ?? 0,
  since: 0,
  requests: podRequests(each),
});

/** What the ledger says when it is made of nothing but what the API server holds. */
function ledgerOf(cluster: StillCluster): Ledger {
  const capacity = new Map<string, number>();
  for (const { status } of cluster.objects(nodes)) {
    for (const [name, amount] of amountsOf(status?.allocatable))
      capacity.set(name, (capacity.get(name) ?? 0) + amount);
  }
  const ledger = createLedger(cluster.objects(queues).map(readQueue), capacity);
  for (const each of cluster.pods()) if (each.spec.nodeName) ledger.take(claimOf(each));
  return ledger;
}

/** Whether some node has room for the pod as it is. */
function fitsSomewhere(cluster: StillCluster, asked: Pod): boolean {
  return cluster.objects(nodes).some(({ metadata, status }) => {
    const left = new Map(amountsOf(status?.allocatable));
    for (const each of cluster.pods()) {
      if (each.spec.nodeName !== metadata.name) continue;
      for (const [name, amount] of podRequests(each))
        left.set(name, (left.get(name) ?? 0) - amount);
    }
    return [...podRequests(asked)].every(
      ([name, amount]) => amount <= 0 || amount <= (left.get(name) ?? 0),
    );
  });
}

describe('fair queues over random histories', () => {
  /** Time enough for every back-off to end. */
  const calm = async (cluster: StillCluster) => {
    await cluster.clock.advance(15_000);
    await cluster.settle();
  };
  const leave = (cluster: StillCluster) => {
    for (const { metadata } of cluster.pods())
      if (metadata.deletionTimestamp) cluster.remove(pods, metadata.name);
  };

  async function live(steps: readonly Step[], check: (cluster: StillCluster) => void) {
    const cluster = createStillCluster(configuration);
    let made = 0;
    let nodeCount = 0;
    const addNode = (cpu: number) => {
      nodeCount += 1;
      const allocatable = { cpu: String(cpu), memory: '8', pods: '100' };
      cluster.add(nodes, makeNode(`n${nodeCount}`, {}, { status: { allocatable } }));
    };
    addNode(4);
    addNode(4);
    for (const name of names)
      cluster.add(
        queues,
        queueOf(name, {
          ...{ cpu: 3, limit: undefined, cohort: true },
          ...{ reclaim: 'Any', within: 'Never' },
        }),
      );
    const chosen = (index: number) => cluster.pods()[index % Math.max(1, cluster.pods().length)];
    const act = async (each: Step): Promise<void> => {
      switch (each.kind) {
        case 'pod': {
          made += 1;
          const { cpu, memory, priority } = each;
          const requests = { cpu: String(cpu), memory: String(memory) };
          const container = { name: 'main', image: 'a', resources: { requests } };
          const labels = { [queueNameLabel]: names[each.queue]! };
          const spec = { schedulerName: 'default-scheduler', priority, containers: [container] };
          return cluster.add(pods, makePod(`p${made}`, spec, { metadata: { labels } }));
        }
        case 'end': {
          const gone = chosen(each.pod);
          return gone && cluster.remove(pods, gone.metadata.name);
        }
        case 'move': {
          const moved = chosen(each.pod);
          const labels = { [queueNameLabel]: names[each.queue]! };
          return (
            moved && cluster.update(pods, { ...moved, metadata: { ...moved.metadata, labels } })
          );
        }
        case 'stick': {
          const stuck = chosen(each.pod);
          if (stuck) cluster.unbindable.add(stuck.metadata.name);
          return;
        }
        case 'node':
          return addNode(each.cpu);
        case 'lose node': {
          const [first] = cluster.objects(nodes);
          return first && cluster.remove(nodes, first.metadata.name);
        }
        case 'queue': {
          const name = names[each.queue]!;
          const { status } = cluster.object(queues, name) ?? {};
          const written = queueOf(name, each.terms);
          return cluster.update(queues, { ...written, ...(status && { status }) });
        }
        case 'no queue':
          return cluster.remove(queues, names[each.queue]!);
        case 'restart':
          await cluster.stop();
          return cluster.start();
        case 'all leave':
          return leave(cluster);
      }
    };
    cluster.start();
    await cluster.settle();
    try {
      for (const each of steps) {
        await act(each);
        await cluster.settle();
        cluster.unbindable.clear();
        check(cluster);
      }
      await calm(cluster);
      return cluster;
    } catch (err) {
      await cluster.stop();
      throw err;
    }
  }

  it('admit what the plan admits, in its order', async () => {
    const demands = fc.array(
      fc.record({
        queue,
        cpu: fc.integer({ min: 0, max: 3 }),
        memory: fc.integer({ min: 0, max: 3 }),
        priority: fc.nat(2),
      }),
      { maxLength: 40 },
    );
    const all = fc.array(fc.record({ terms, weight: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 3,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(all, demands, async (queuesGiven, asked) => {
        const cluster = createStillCluster(configuration);
        const allocatable = { cpu: '12', memory: '12', pods: '100' };
        cluster.add(nodes, makeNode('n1', {}, { status: { allocatable } }));
        for (const [i, { terms: own, weight }] of queuesGiven.entries()) {
          // The plan is of one moment. Who came a moment ago may have to go again in the next, and leave other turns.
          const made = queueOf(names[i]!, { ...own, reclaim: 'Never', within: 'Never' });
          cluster.add(queues, makeQueue(names[i]!, { ...made.spec, weight }));
        }
        for (const [i, each] of asked.entries()) {
          const requests = { cpu: String(each.cpu), memory: String(each.memory) };
          cluster.add(
            pods,
            makePod(
              `p${String(i).padStart(2, '0')}`,
              {
                schedulerName: 'default-scheduler',
                priority: each.priority,
                containers: [{ name: 'main', image: 'a', resources: { requests } }],
              },
              { metadata: { labels: { [queueNameLabel]: names[each.queue]! } } },
            ),
          );
        }
        const { admit } = planAdmission({
          queues: cluster.objects(queues).map(readQueue),
          capacity: amountsOf(allocatable),
          admitted: [],
          leaving: new Set(),
          waiting: cluster.pods().map(claimOf),
        });
        cluster.start();
        await cluster.settle();
        await cluster.stop();
        assert.deepEqual(
          cluster.bound,
          admit.map(({ key }) => key),
        );
      }),
      { numRuns: 500 },
    );
  }).timeout(120_000);

  it('never take a queue over its limit, or a cohort over its quotas', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const seen = new Set<string>();
        const cluster = await live(steps, (now) => {
          // As if the newest had not come yet: the quotas let it come.
          const fresh = now.bound.filter((name) => !seen.has(name));
          for (const name of fresh) seen.add(name);
          const ledger = ledgerOf(now);
          for (const name of [...fresh].reverse()) {
            const each = now.pods().find(({ metadata }) => metadata.name === name);
            if (!each) continue;
            ledger.giveBack(claimOf(each));
            assert.equal(ledger.quotaObstacle(claimOf(each)), undefined, name);
          }
        });
        await cluster.stop();
      }),
      { numRuns: 300 },
    );
  }).timeout(120_000);

  it('leave nobody waiting who could go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const cluster = await live(steps, () => undefined);
        try {
          for (let i = 0; cluster.pods().some((each) => each.metadata.deletionTimestamp); i += 1) {
            assert.ok(i < 20, 'evictions do not end');
            leave(cluster);
            await calm(cluster);
          }
          const ledger = ledgerOf(cluster);
          for (const each of cluster.pods()) {
            if (each.spec.nodeName) continue;
            const isFree = !ledger.quotaObstacle(claimOf(each)) && fitsSomewhere(cluster, each);
            assert.ok(!isFree, `${each.metadata.name} could go`);
          }
        } finally {
          await cluster.stop();
        }
      }),
      { numRuns: 300, examples: [[promisedWithoutQueue]] },
    );
  }).timeout(120_000);

  it('write down what is so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const cluster = await live(steps, () => undefined);
        const ledger = ledgerOf(cluster);
        for (const { metadata, status = {} } of cluster.objects(queues)) {
          const { name } = metadata;
          const own = cluster.pods().filter((each) => claimOf(each).queue === name);
          const placed = own.filter(({ spec }) => spec.nodeName);
          assert.deepEqual(
            [status.admittedPods, status.pendingPods],
            [placed.length, own.length - placed.length],
          );
          for (const [resource, amount] of ledger.used(name))
            assert.equal(amountsOf(status.allocated).get(resource) ?? 0, amount, resource);
          const share = amountsOf({ cpu: status.dominantShare ?? '0' }).get('cpu')!;
          assert.ok(Math.abs(share - ledger.share(name) * 1000) <= 1, `${share}`);
        }
        await cluster.stop();
      }),
      { numRuns: 200 },
    );
  }).timeout(120_000);

  it('give owners what is theirs within two rounds, and go no further than that', async () => {
    const size = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(size, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 2, max: 8 }),
        size,
        async (guests, nominal, cpu) => {
          const cluster = createStillCluster(configuration);
          const allocatable = { cpu: String(nominal + 2), memory: '64Gi', pods: '100' };
          cluster.add(nodes, makeNode('n1', {}, { status: { allocatable } }));
          const base = { cohort: 'c' };
          cluster.add(queues, makeQueue('owner', { ...base, nominalQuota: { cpu: `${nominal}` } }));
          cluster.add(queues, makeQueue('guest', { ...base, nominalQuota: { cpu: '2' } }));
          const add = (name: string, of: string, amount: number) =>
            cluster.add(
              pods,
              makePod(
                name,
                {
                  schedulerName: 'default-scheduler',
                  containers: [
                    { name: 'm', image: 'a', resources: { requests: { cpu: `${amount}` } } },
                  ],
                },
                { metadata: { labels: { [queueNameLabel]: of } } },
              ),
            );
          guests.forEach((amount, i) => add(`g${i}`, 'guest', amount));
          cluster.start();
          await cluster.settle();
          const count = Math.floor(nominal / cpu);
          for (let i = 0; i < count; i += 1) add(`o${i}`, 'owner', cpu);
          await cluster.settle();
          leave(cluster);
          await cluster.settle();
          const placed = (prefix: string) =>
            cluster
              .pods()
              .filter(({ metadata, spec }) => metadata.name.startsWith(prefix) && spec.nodeName);
          assert.equal(placed('o').length, count);
          assert.ok(!cluster.pods().some(({ metadata }) => metadata.deletionTimestamp));
          await cluster.stop();
        },
      ),
      { numRuns: 300 },
    );
  }).timeout(120_000);
});
