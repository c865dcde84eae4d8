import assert from 'node:assert/strict';
import { keyOf, nodes, podGroups, pods } from '@berth/api';
import { makeNode, makePod, makePodGroup } from '@berth/api/testing';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { createMetrics } from '@berth/component-base/metrics';
import { defaultConfiguration } from '../configuration/scheduler-configuration.ts';
import { createSchedulerMetrics } from '../metrics.ts';
import { createScheduler } from '../scheduler.ts';
import { createSmallCluster } from '../testing/small-cluster.ts';

const container = {
  name: 'main',
  image: 'example.com/app:1',
  resources: { requests: { cpu: '1' } },
};
const spec = { schedulerName: 'default-scheduler', containers: [container] };
const [profile] = defaultConfiguration.profiles;
const configuration = {
  ...defaultConfiguration,
  profiles: [profile!, { ...profile!, schedulerName: 'second' }],
};
const minutes = 60_000;
/** Longer steps would leave too much to happen at the end of each. */
const step = 500;
/** What the release of places takes beside the five minutes: two writes for each pod. */
const slack = 1_000;

/** A small generator of numbers from 0 to 1. */
function dice(seed: number): () => number {
  let state = (seed + 1) * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** The scheduler itself, on a cluster with so many places on each node, and what must hold at every moment. */
function start(random: () => number, places: readonly number[], refusals: number) {
  const clock = createFakeClock();
  const cluster = createSmallCluster({ clock, random, refusals });
  const [logger, metrics] = [silentLogger, createSchedulerMetrics(createMetrics())];
  for (const [i, cpu] of places.entries()) {
    const allocatable = { cpu: String(cpu), memory: '64Gi', pods: '110' };
    cluster.put(nodes, makeNode(`n${i}`, {}, { status: { allocatable } }));
  }
  const begin = () => {
    const stop = new AbortController();
    const options = { ...cluster, clock, random, logger, metrics, configuration };
    const ended = createScheduler(options).run(stop.signal);
    return { stop, ended };
  };
  let running = begin();
  let uids = 0;
  const placedOf = (gang?: string) =>
    cluster.list(pods).filter((pod) => {
      const group = pod.spec.schedulingGroup?.podGroupName;
      return pod.spec.nodeName !== undefined && group === gang;
    }).length;
  const addPod = (name: string, gang?: string, rest = {}) => {
    const group = gang === undefined ? {} : { schedulingGroup: { podGroupName: gang } };
    const metadata = { uid: `uid-${(uids += 1)}` };
    cluster.put(pods, makePod(name, { ...spec, ...group, ...rest }, { metadata }));
  };
  /** Since when a gang has had some places and never yet all. */
  const partial = new Map<string, number>();
  const whole = new Set<string>();
  const check = (gangs: readonly string[]) => {
    for (const { metadata, status } of cluster.list(nodes)) {
      const on = cluster.list(pods).filter((pod) => pod.spec.nodeName === metadata.name).length;
      assert.ok(on <= Number(status?.allocatable?.cpu), `${on} pods on ${metadata.name}`);
    }
    assert.ok([...cluster.binds.values()].every((count) => count === 1));
    for (const gang of gangs) {
      const count = placedOf(gang);
      const group = cluster.list(podGroups).find(({ metadata }) => metadata.name === gang);
      if (count >= (group?.spec.schedulingPolicy.gang?.minCount ?? 0)) whole.add(gang);
      if (count === 0) whole.delete(gang);
      if (count === 0 || whole.has(gang)) partial.delete(gang);
      else if (!partial.has(gang)) partial.set(gang, clock.now());
      const since = partial.get(gang);
      assert.ok(since === undefined || clock.now() - since <= 5 * minutes + slack, 'held too long');
    }
  };
  return {
    ...{ clock, cluster, placedOf, addPod, check },
    async advance(ms: number) {
      for (let left = ms; left > 0; left -= step) await clock.advance(Math.min(step, left));
      check(['a', 'b']);
    },
    /** Owners make pods anew that are gone. */
    mend(gang: string) {
      for (let i = 0; i < 8; i += 1) {
        const there = cluster.list(pods).some((pod) => keyOf(pod) === `default/${gang}-${i}`);
        if (!there) addPod(`${gang}-${i}`, gang);
      }
    },
    /** The process dies where it stands, and another one starts from what the API server holds. */
    async replace() {
      cluster.forgetWatchers();
      running.stop.abort();
      await clock.advance(100);
      // The next one counts from when it came.
      partial.clear();
      running = begin();
    },
    async close() {
      running.stop.abort();
      await clock.advance(100);
      await running.ended;
    },
  };
}

type World = ReturnType<typeof start>;

/** Ten places on three nodes, two groups and the sixteen pods of them in any order. */
async function arrive(seed: number, refusals: number, world?: (world: World) => void) {
  const random = dice(seed);
  const places = [0, 0, 0];
  for (let i = 0; i < 10; i += 1) places[Math.floor(random() * 3)]! += 1;
  const made = start(random, places, refusals);
  world?.(made);
  const names = ['a', 'b'].flatMap((gang) => [
    gang,
    ...Array.from({ length: 8 }, (_, i) => `${gang}-${i}`),
  ]);
  for (const name of shuffle(names, random)) {
    if (name.length > 1) made.addPod(name, name[0]);
    else made.cluster.put(podGroups, makePodGroup(name, 8));
    while (random() < 0.3) await made.advance(Math.floor(random() * 500));
  }
  return { ...made, random };
}

describe('the loop', function () {
  this.timeout(120_000);

  it('runs exactly one of two gangs of 8 on 10 places, in 1,000 histories in which binds fail', async () => {
    for (let seed = 0; seed < 1_000; seed += 1) {
      const world = await arrive(seed, 0.1);
      const counts = () => ['a', 'b'].map(world.placedOf).sort().join(' and ');
      for (let i = 0; i < 50 && counts() !== '0 and 8'; i += 1) await world.advance(1_000);
      assert.equal(counts(), '0 and 8', `seed ${seed}`);
      await world.close();
    }
  });

  it('gives back the places of a gang that others have made too small, and survives its own end at any time', async () => {
    let released = 0;
    let replaced = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const world = await arrive(seed, 0.3);
      const { random, placedOf } = world;
      const others = shuffle(
        Array.from({ length: 8 }, (_, i) => (i < 3 ? `other-${i}` : undefined)),
        random,
      );
      for (const other of others) {
        if (other) world.addPod(other);
        await world.advance(Math.floor(random() * 1_500));
        if (random() > 0.2) continue;
        await world.replace();
        replaced += 1;
      }
      for (let i = 0; i < 45; i += 1) {
        const before = placedOf('a') + placedOf('b');
        await world.advance(20_000);
        if (placedOf('a') + placedOf('b') < before) released += 1;
        for (const gang of ['a', 'b']) world.mend(gang);
      }
      const counts = [placedOf('a'), placedOf('b')].sort((a, b) => a - b);
      assert.deepEqual(counts, [0, counts[1]! > 0 ? 8 : 0], `seed ${seed}`);
      assert.equal(placedOf() > 2, counts[1] === 0, `seed ${seed}: the rest is for the others`);
      await world.close();
    }
    assert.ok(released > 0 && replaced > 50, `${released} released, ${replaced} replaced`);
  });

  it('decides about the most important first, and about more than are needed one by one', async () => {
    const world = start(dice(1), [3], 0);
    const { cluster } = world;
    cluster.put(podGroups, makePodGroup('a', 2));
    for (const [i, priority] of [0, 5, 1, 9].entries()) world.addPod(`a-${i}`, 'a', { priority });
    await world.advance(5_000);
    const placed = () =>
      cluster
        .list(pods)
        .filter((pod) => pod.spec.nodeName)
        .map(({ metadata }) => metadata.name);
    assert.deepEqual(placed().sort(), ['a-1', 'a-2', 'a-3']);
    cluster.remove(pods, 'default/a-2');
    await world.advance(30_000);
    assert.deepEqual(placed().sort(), ['a-0', 'a-1', 'a-3'], 'the gang has two without it');
    await world.close();
  });

  it('lets nothing of a gang go before its group is there, and everything of a group without a gang', async () => {
    const world = start(dice(1), [4], 0);
    const { cluster, placedOf } = world;
    world.addPod('a-0', 'a');
    world.addPod('a-1', 'a');
    await world.advance(60_000);
    assert.equal(placedOf('a'), 0);
    const group = makePodGroup('a', 2);
    cluster.put(podGroups, { ...group, spec: { schedulingPolicy: { basic: {} } } });
    await world.advance(1_000);
    assert.equal(placedOf('a'), 2);
    cluster.put(podGroups, makePodGroup('b', 2));
    world.addPod('b-0', 'b');
    world.addPod('b-1', 'b', { schedulingGates: [{ name: 'example.com/wait' }] });
    await world.advance(60_000);
    assert.equal(placedOf('b'), 0, 'a pod behind a gate does not count');
    world.addPod('b-1', 'b');
    await world.advance(1_000);
    assert.equal(placedOf('b'), 2);
    await world.close();
  });

  it('says on pods and on the group why not', async () => {
    const world = start(dice(1), [2], 0);
    const { cluster } = world;
    cluster.put(podGroups, makePodGroup('a', 3));
    for (let i = 0; i < 3; i += 1) world.addPod(`a-${i}`, 'a');
    await world.advance(1_000);
    const conditionOf = (status?: { readonly conditions?: readonly unknown[] }) => {
      const [condition] = (status?.conditions ?? []) as readonly Record<string, unknown>[];
      return [condition?.type, condition?.status, condition?.reason, condition?.message];
    };
    const pod = (name: string) => cluster.list(pods).find(({ metadata }) => metadata.name === name);
    const others =
      'pod group is unschedulable, waiting for minCount pods from a gang to be scheduled';
    const none = '0/1 nodes are available: 1 Insufficient cpu.';
    assert.deepEqual(
      ['a-0', 'a-1', 'a-2'].map((name) => conditionOf(pod(name)?.status)),
      [others, others, none].map((message) => ['PodScheduled', 'False', 'Unschedulable', message]),
    );
    const group = () => cluster.list(podGroups)[0]?.status;
    assert.deepEqual(conditionOf(group()), [
      'PodGroupScheduled',
      'False',
      'Unschedulable',
      'pod group is unschedulable, minCount (3) cannot be satisfied: 2 scheduled, 0 remaining',
    ]);
    const status = { allocatable: { cpu: '3', memory: '64Gi', pods: '110' } };
    cluster.put(nodes, makeNode('n0', {}, { status }));
    await world.advance(15_000);
    assert.equal(world.placedOf('a'), 3);
    assert.deepEqual(conditionOf(group()), ['PodGroupScheduled', 'True', 'Scheduled', '']);
    cluster.remove(pods, 'default/a-0');
    await world.advance(10 * minutes);
    assert.equal(world.placedOf('a'), 2, 'what had all it needs once is left alone');
    await world.close();
  });

  it('counts no pods of other schedulers, and refuses a gang whose pods ask for different ones', async () => {
    const world = start(dice(1), [4], 0);
    const { cluster } = world;
    cluster.put(podGroups, makePodGroup('a', 2));
    world.addPod('a-0', 'a');
    world.addPod('a-1', 'a', { schedulerName: 'foreign' });
    await world.advance(10_000);
    assert.equal(world.placedOf('a'), 0);
    world.addPod('a-2', 'a', { schedulerName: 'second' });
    await world.advance(1_000);
    assert.equal(world.placedOf('a'), 0);
    const [condition] = cluster.list(podGroups)[0]?.status?.conditions ?? [];
    assert.deepEqual(
      [condition?.reason, condition?.message],
      [
        'SchedulerError',
        'all pods in a single pod group should have the same .spec.schedulerName set, ' +
          'got: "default-scheduler" and "second"',
      ],
    );
    await world.close();
  });

  describe('with pods on the nodes that are less important', () => {
    const important = { priority: 10 };
    const namesOn = ({ cluster }: World) =>
      cluster
        .list(pods)
        .filter((pod) => pod.spec.nodeName)
        .map(({ metadata }) => metadata.name)
        .sort();

    it('makes room for all of a gang, and for none of one that does not fit even so', async () => {
      const world = start(dice(1), [2, 2], 0);
      const { cluster } = world;
      for (let i = 0; i < 4; i += 1) world.addPod(`low-${i}`);
      await world.advance(1_000);
      cluster.put(podGroups, makePodGroup('a', 5));
      for (let i = 0; i < 5; i += 1) world.addPod(`a-${i}`, 'a', important);
      await world.advance(60_000);
      assert.deepEqual(namesOn(world), ['low-0', 'low-1', 'low-2', 'low-3']);
      cluster.put(podGroups, makePodGroup('b', 3));
      for (let i = 0; i < 3; i += 1) world.addPod(`b-${i}`, 'b', important);
      await world.advance(15_000);
      assert.equal(world.placedOf('b'), 3);
      assert.equal(world.placedOf(), 1);
      await world.close();
    });

    it('sends a group away as a whole that says so, and another one pod by pod', async () => {
      for (const disruptionMode of ['Pod', 'PodGroup']) {
        const world = start(dice(1), [1, 1], 0);
        const { cluster } = world;
        const victim = makePodGroup('a', 2);
        cluster.put(podGroups, {
          ...victim,
          spec: { ...victim.spec, priority: 0, disruptionMode },
        });
        for (let i = 0; i < 2; i += 1) world.addPod(`a-${i}`, 'a');
        await world.advance(1_000);
        assert.equal(world.placedOf('a'), 2);
        cluster.put(podGroups, makePodGroup('b', 1));
        world.addPod('b-0', 'b', important);
        await world.advance(15_000);
        assert.equal(world.placedOf('b'), 1);
        const left = disruptionMode === 'Pod' ? 1 : 0;
        assert.equal(world.placedOf('a'), left, disruptionMode);
        await world.close();
      }
    });

    it('asks a pod of a group that has enough to make do with what less important groups have', async () => {
      const world = start(dice(1), [1, 1], 0);
      const { cluster } = world;
      const put = (name: string, priority: number) => {
        const group = makePodGroup(name, 1);
        const spec = { ...group.spec, priority, disruptionMode: 'PodGroup' };
        cluster.put(podGroups, { ...group, spec });
      };
      put('a', 5);
      world.addPod('a-0', 'a');
      put('b', 1);
      world.addPod('b-0', 'b', important);
      await world.advance(1_000);
      world.addPod('a-1', 'a');
      await world.advance(15_000);
      assert.deepEqual(namesOn(world), ['a-0', 'a-1'], 'what counts is how important the group is');
      await world.close();
    });

    it('has no more pods leave than it takes, in histories in which binds fail and pods come back', async () => {
      for (let seed = 0; seed < 100; seed += 1) {
        const random = dice(seed);
        const world = start(random, [3, 3, 2], 0.1);
        const { cluster } = world;
        for (let i = 0; i < 8; i += 1) world.addPod(`low-${i}`);
        for (let i = 0; i < 60 && world.placedOf() < 8; i += 1) await world.advance(1_000);
        assert.equal(world.placedOf(), 8, `seed ${seed}`);
        cluster.put(podGroups, makePodGroup('a', 5));
        for (let i = 0; i < 5; i += 1) {
          world.addPod(`a-${i}`, 'a', important);
          await world.advance(Math.floor(random() * 300));
        }
        let evicted = 0;
        for (let i = 0; i < 120 && world.placedOf('a') < 5; i += 1) {
          for (let low = 0; low < 8; low += 1) {
            const name = `low-${low}`;
            if (cluster.list(pods).some(({ metadata }) => metadata.name === name)) continue;
            evicted += 1;
            world.addPod(name);
          }
          await world.advance(Math.floor(random() * 1_000));
        }
        assert.deepEqual([world.placedOf('a'), world.placedOf()], [5, 3], `seed ${seed}`);
        assert.ok(evicted <= 5, `seed ${seed}: ${evicted} evicted`);
        await world.close();
      }
    });
  });
});
