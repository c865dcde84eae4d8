import assert from 'node:assert/strict';
import { podDisruptionBudgets } from '@berth/api';
import type { PodGroup } from '@berth/api';
import { makeNode, makePod, makePodDisruptionBudget, makePodGroup } from '@berth/api/testing';
import fc from 'fast-check';
import { createClusterState } from '../cluster-state.ts';
import { createEngine } from '../engine/engine.ts';
import { simulate } from '../engine/simulate.ts';
import type { PodInfo } from '../pod-info.ts';
import { defaultPlugins } from '../profiles.ts';
import { planGang } from './plan-gang.ts';
import { planGroupPreemption, whyGroupBarred } from './plan-group-preemption.ts';
import type { GroupPreemptionPlan } from './plan-group-preemption.ts';

interface Placed {
  readonly name: string;
  readonly node: number;
  readonly cpu?: number;
  readonly priority?: number;
  readonly group?: string | undefined;
  readonly started?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Group {
  readonly name: string;
  readonly priority?: number;
  readonly whole?: boolean;
}

const podOf = ({ name, cpu = 1, priority = 0, group, started = 0, labels = {} }: Placed) => {
  const resources = { requests: { cpu: String(cpu) } };
  return makePod(
    name,
    {
      containers: [{ name: 'main', image: 'example.com/app:1', resources }],
      priority,
      ...(group !== undefined && { schedulingGroup: { podGroupName: group } }),
    },
    {
      metadata: { labels },
      status: { startTime: new Date(1_700_000_000_000 + started * 1_000).toISOString() },
    },
  );
};

/** Nodes with so many cores, pods on them, and the groups they may belong to. */
function clusterOf(
  cpus: readonly number[],
  placed: readonly Placed[],
  groups: readonly Group[] = [],
) {
  const state = createClusterState();
  for (const [i, cpu] of cpus.entries()) {
    const allocatable = { cpu: String(cpu), memory: '64Gi', pods: '110' };
    state.setNode(makeNode(`n${i}`, {}, { status: { allocatable } }));
  }
  for (const each of placed) state.addPod(state.podInfo(podOf(each)), `n${each.node}`);
  const engine = createEngine({ state, plugins: defaultPlugins });
  const known = new Map<string, PodGroup>(
    groups.map(({ name, priority, whole }) => {
      const group = makePodGroup(name, 1);
      const disruptionMode = whole ? 'PodGroup' : 'Pod';
      const own = { ...(priority !== undefined && { priority }), disruptionMode };
      return [name, { ...group, spec: { ...group.spec, ...own } }];
    }),
  );
  const groupOf = ({ pod }: PodInfo) => known.get(pod.spec.schedulingGroup?.podGroupName ?? '');
  const gangOf = (count: number, { cpu = 1, priority = 10, minCount = count } = {}) => ({
    ...{ minCount, placed: 0, priority },
    waiting: Array.from({ length: count }, (_, i) =>
      state.podInfo(podOf({ name: `new-${i}`, node: 0, cpu, priority })),
    ),
  });
  return { state, engine, groupOf, gangOf, world: { state, engine, groupOf } };
}

const victimsOf = (plan: GroupPreemptionPlan): readonly string[] | undefined =>
  plan.kind === 'evict' ? plan.victims.map(({ pod }) => pod.metadata.name).sort() : undefined;

describe('planGroupPreemption', () => {
  const low = (name: string, node: number, rest: Partial<Placed> = {}): Placed => ({
    ...{ name, node },
    ...rest,
  });
  const plan = (
    cluster: ReturnType<typeof clusterOf>,
    ...gang: Parameters<ReturnType<typeof clusterOf>['gangOf']>
  ) => planGroupPreemption(cluster.gangOf(...gang), cluster.world);

  it('has as many leave, over all nodes, as the group needs, and says where its pods go', () => {
    const cluster = clusterOf([1, 1, 1], [low('a', 0), low('b', 1), low('c', 2)]);
    const found = plan(cluster, 2);
    assert.ok(found.kind === 'evict');
    assert.equal(found.victims.length, 2);
    const left = found.victims.map(({ key }) => cluster.state.placementOf(key)?.nodeName);
    assert.deepEqual(found.placements.map(({ nodeName }) => nodeName).sort(), left.sort());
  });

  it('has nobody leave when the group would not fit anyway', () => {
    const cluster = clusterOf([1, 1], [low('a', 0), low('b', 1)]);
    assert.deepEqual(plan(cluster, 3), {
      kind: 'none',
      message: 'Preemption is not helpful for scheduling',
    });
    const rest = clusterOf([1, 1], [low('a', 0), low('b', 1, { priority: 10 })]);
    assert.equal(plan(rest, 2).kind, 'none');
    assert.equal(plan(rest, 1).kind, 'evict');
    const none = clusterOf([1], [low('a', 0, { priority: 10 })]);
    assert.deepEqual(plan(none, 1), {
      kind: 'none',
      message: 'No preemption victims found for incoming preemptor',
    });
  });

  it('makes room for as many as are needed, and leaves the others out', () => {
    const cluster = clusterOf([1, 1], [low('a', 0), low('b', 1)]);
    assert.equal(victimsOf(plan(cluster, 3, { minCount: 2 }))?.length, 2);
    const roomy = clusterOf([1, 1], [low('a', 0), low('b', 1)]);
    assert.equal(victimsOf(plan(roomy, 2, { minCount: 1 }))?.length, 1);
  });

  it('has all pods leave of a group that is disrupted as a whole, or none', () => {
    const pods = [low('a', 0, { group: 'g' }), low('b', 1, { group: 'g' })];
    assert.deepEqual(victimsOf(plan(clusterOf([1, 1], pods, [{ name: 'g', whole: true }]), 1)), [
      'a',
      'b',
    ]);
    const single = clusterOf([1, 1], pods, [{ name: 'g' }]);
    assert.equal(victimsOf(plan(single, 1))?.length, 1);
    const choice = clusterOf([1, 1, 1], [...pods, low('c', 2)], [{ name: 'g', whole: true }]);
    assert.deepEqual(victimsOf(plan(choice, 1)), ['c']);
  });

  it('goes by the priority of groups, not by that of their pods', () => {
    const pods = [low('a', 0, { group: 'g', priority: 50 }), low('b', 1)];
    const lesser = clusterOf([1, 1], pods, [{ name: 'g', priority: -1 }]);
    assert.deepEqual(victimsOf(plan(lesser, 1)), ['a']);
    const greater = clusterOf(
      [1, 1],
      [low('a', 0, { group: 'g' }), low('b', 1, { priority: 5 })],
      [{ name: 'g', priority: 50 }],
    );
    assert.deepEqual(victimsOf(plan(greater, 1)), ['b']);
    assert.equal(plan(greater, 2).kind, 'none');
  });

  it('spares the higher priority, pods of groups, the larger group and what runs for longer', () => {
    const cases: readonly (readonly [readonly Placed[], readonly Group[], string])[] = [
      [[low('a', 0, { priority: 5 }), low('b', 1)], [], 'b'],
      [[low('a', 0), low('b', 1, { group: 'g' })], [{ name: 'g' }], 'a'],
      [[low('a', 0), low('b', 1, { started: 1 })], [], 'b'],
      [
        [low('a', 0, { group: 'g' }), low('b', 1, { group: 'g', started: 1 })],
        [{ name: 'g' }],
        'b',
      ],
      [
        [
          low('a', 0, { group: 'small' }),
          low('b', 1, { group: 'large', cpu: 0.5, started: 1 }),
          low('c', 1, { group: 'large', cpu: 0.5, started: 1 }),
        ],
        [
          { name: 'small', whole: true },
          { name: 'large', whole: true },
        ],
        'a',
      ],
    ];
    for (const [pods, groups, expected] of cases)
      assert.deepEqual(victimsOf(plan(clusterOf([1, 1], pods, groups), 1)), [expected]);
  });

  it('spares what disruption budgets protect, and whole groups of which they protect a pod', () => {
    const labels = { app: 'kept' };
    const protect = (cluster: ReturnType<typeof clusterOf>) => {
      const budget = makePodDisruptionBudget('a', { selector: { matchLabels: labels } });
      const status = { disruptionsAllowed: 0 };
      cluster.state.setObject(podDisruptionBudgets, { ...budget, status } as typeof budget);
      return cluster;
    };
    const one = clusterOf([1, 1], [low('a', 0, { labels, started: 9 }), low('b', 1)]);
    assert.deepEqual(victimsOf(plan(protect(one), 1)), ['b']);
    const group = clusterOf(
      [1, 1, 1],
      [
        low('a', 0, { labels, group: 'g' }),
        low('b', 1, { group: 'g' }),
        low('c', 2, { priority: 5 }),
      ],
      [{ name: 'g', whole: true }],
    );
    assert.deepEqual(victimsOf(plan(protect(group), 1)), ['c']);
  });

  it('is not for groups with a pod that never preempts, nor for those that others leave for already', () => {
    const { gangOf, world, state } = clusterOf([1, 1], [low('a', 0), low('b', 1)]);
    const gang = gangOf(2);
    assert.equal(whyGroupBarred(gang, world), undefined);
    const [first, second] = gang.waiting;
    const never = state.podInfo({
      ...first!.pod,
      spec: { ...first!.pod.spec, preemptionPolicy: 'Never' },
    });
    assert.equal(
      whyGroupBarred({ ...gang, waiting: [never, second!] }, world),
      'not eligible due to preemptionPolicy=Never.',
    );
    const leaving = podOf(low('a', 0));
    const condition = {
      ...{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' },
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    state.addPod(
      state.podInfo({
        ...leaving,
        metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
        status: { ...leaving.status, conditions: [condition] },
      }),
      'n0',
    );
    assert.equal(whyGroupBarred(gang, world), undefined, 'it was promised nothing there');
    state.nominate(second!, 'n0');
    assert.equal(
      whyGroupBarred(gang, world),
      'not eligible due to a terminating pod on the nominated node.',
    );
  });

  it('takes whole groups or none, no more than it takes, and never for nothing', () => {
    const names = ['g', 'h'];
    const arbitrary = fc.record({
      cpus: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
      placed: fc.array(
        fc.record({
          node: fc.nat(4),
          cpu: fc.integer({ min: 1, max: 2 }),
          priority: fc.integer({ min: 0, max: 12 }),
          started: fc.nat(3),
          group: fc.option(fc.constantFrom(...names), { nil: undefined }),
        }),
        { maxLength: 14 },
      ),
      groups: fc.tuple(
        ...names.map((name) =>
          fc.record({
            name: fc.constant(name),
            priority: fc.integer({ min: 0, max: 12 }),
            whole: fc.boolean(),
          }),
        ),
      ),
      count: fc.integer({ min: 1, max: 5 }),
      cpu: fc.integer({ min: 1, max: 2 }),
      spare: fc.nat(2),
    });
    let evictions = 0;
    fc.assert(
      fc.property(arbitrary, ({ cpus, placed, groups, count, cpu, spare }) => {
        const left = [...cpus];
        const fitting = placed
          .map((each, i) => ({ ...each, node: each.node % cpus.length, name: `p${i}` }))
          .filter((each) => (left[each.node]! -= each.cpu) >= 0 || !(left[each.node]! += each.cpu));
        const { state, engine, groupOf, gangOf, world } = clusterOf(cpus, fitting, groups);
        const gang = gangOf(count, { cpu, minCount: Math.max(1, count - spare) });
        if (planGang(gang, engine, state).kind === 'place') return;
        const before = [...state.nodes()].map(({ pods }) => pods.map(({ key }) => key).sort());
        const found = planGroupPreemption(gang, world);
        assert.deepEqual(
          [...state.nodes()].map(({ pods }) => pods.map(({ key }) => key).sort()),
          before,
        );
        const all = [...state.nodes()].flatMap(({ pods }) => pods);
        const priorityOf = (info: PodInfo) => groupOf(info)?.spec.priority ?? info.priority;
        const lesser = all.filter((info) => priorityOf(info) < gang.priority);
        const fitsWithout = (gone: readonly PodInfo[]) =>
          simulate(state, ({ remove }) => {
            for (const { key } of gone) remove(key);
            return planGang(gang, engine, state).kind === 'place';
          });
        if (found.kind === 'none') {
          assert.ok(!fitsWithout(lesser), 'it would have fitted');
          return;
        }
        evictions += 1;
        const victims = new Set(found.victims);
        assert.equal(victims.size, found.victims.length);
        assert.ok(found.victims.every((info) => priorityOf(info) < gang.priority));
        const unitOf = (info: PodInfo): readonly PodInfo[] => {
          const group = groupOf(info);
          if (group?.spec.disruptionMode !== 'PodGroup') return [info];
          return all.filter((other) => groupOf(other) === group);
        };
        for (const victim of victims) {
          const unit = unitOf(victim);
          assert.ok(unit.every((info) => victims.has(info)));
          const others = found.victims.filter((info) => !unit.includes(info));
          assert.ok(!fitsWithout(others), 'that one need not go');
        }
        simulate(state, ({ place, remove }) => {
          for (const { key } of found.victims) remove(key);
          for (const { pod, nodeName } of found.placements) {
            assert.ok(engine.judge(pod, state.node(nodeName)!).verdict.ok);
            place(pod, nodeName);
          }
        });
        assert.ok(found.placements.length >= gang.minCount);
      }),
      { numRuns: 500 },
    );
    assert.ok(evictions > 50, `${evictions}`);
  });
});
