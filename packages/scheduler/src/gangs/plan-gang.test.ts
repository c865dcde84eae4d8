import assert from 'node:assert/strict';
import { makeNode, makePod } from '@berth/api/testing';
import { createClusterState } from '../cluster-state.ts';
import type { ClusterState } from '../cluster-state.ts';
import { createEngine } from '../engine/engine.ts';
import type { Engine } from '../engine/engine.ts';
import type { PodInfo } from '../pod-info.ts';
import { defaultPlugins } from '../profiles.ts';
import { createGangAttempts } from './gang-attempts.ts';
import { planGang } from './plan-gang.ts';

const container = (cpu: string) => ({
  name: 'main',
  image: 'example.com/app:1',
  resources: { requests: { cpu } },
});
const member = (name: string, cpu = '1') => makePod(name, { containers: [container(cpu)] });

function clusterOf(...cpus: readonly number[]) {
  const state = createClusterState();
  for (const [i, cpu] of cpus.entries()) {
    const allocatable = { cpu: String(cpu), memory: '64Gi', pods: '110' };
    state.setNode(makeNode(`n${i}`, {}, { status: { allocatable } }));
  }
  const engine = createEngine({ state, plugins: defaultPlugins });
  return { state, engine };
}

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

describe('planGang', () => {
  it('waits for pods that do not exist yet', () => {
    const { state, engine } = clusterOf(4);
    const waiting = [member('a-0'), member('a-1')].map((pod) => state.podInfo(pod));
    assert.deepEqual(planGang({ minCount: 3, placed: 0, waiting }, engine, state), {
      kind: 'incomplete',
      missing: 1,
    });
  });

  it('places those that fit when they are enough, and counts those that are placed', () => {
    const { state, engine } = clusterOf(2);
    const waiting = ['a-0', 'a-1', 'a-2'].map((name) => state.podInfo(member(name)));
    const plan = planGang({ minCount: 4, placed: 2, waiting }, engine, state);
    assert.ok(plan.kind === 'place');
    assert.deepEqual(
      [plan.placements.map(({ pod }) => pod.key), plan.left.map(({ pod }) => pod.key)],
      [['default/a-0', 'default/a-1'], ['default/a-2']],
    );
  });

  it('places none when too few fit, and leaves the state as it was', () => {
    const { state, engine } = clusterOf(2, 1);
    const waiting = Array.from({ length: 4 }, (_, i) => state.podInfo(member(`a-${i}`)));
    const before = [...state.nodes()].map((node) => node.requested('cpu'));
    const plan = planGang({ minCount: 4, placed: 0, waiting }, engine, state);
    assert.ok(plan.kind === 'refuse');
    assert.equal(plan.fitting, 3);
    assert.deepEqual([...plan.refused[0]!.decision.reasons], [['Insufficient cpu', 2]]);
    assert.deepEqual(
      [...state.nodes()].map((node) => node.requested('cpu')),
      before,
    );
  });

  it('runs exactly one of two gangs of 8 on 10 places, whatever the order and whichever binds fail', () => {
    for (let seed = 0; seed < 1_000; seed += 1) {
      const random = dice(seed);
      const places = [10, 0, 0].map(() => 0);
      for (let i = 0; i < 10; i += 1) places[Math.floor(random() * 3)]! += 1;
      const world = createWorld(clusterOf(...places), random);
      for (const name of shuffle(
        ['a', 'b'].flatMap((gang) => Array.from({ length: 8 }, (_, i) => `${gang}-${i}`)),
        random,
      )) {
        world.arrive(name);
        while (random() < 0.3) world.step();
      }
      for (let i = 0; i < 200 && !world.isSettled(); i += 1) world.step();
      const counts = [world.bound('a'), world.bound('b')].sort();
      assert.deepEqual(counts, [0, 8], `seed ${seed}: ${counts.join(' and ')}`);
    }
  });
});

const timeoutMs = 60;

/** A scheduler in small: places gangs as it is asked, binds one pod at a time, and some binds fail. */
function createWorld(
  { state, engine }: { readonly state: ClusterState; readonly engine: Engine },
  random: () => number,
) {
  let now = 0;
  const waiting = new Map<string, PodInfo>();
  const bound = new Set<string>();
  const binding: PodInfo[] = [];
  const attempts = createGangAttempts(timeoutMs);
  /** Since when a gang has had some places and not all. */
  const partial = new Map<string, number>();
  const gangOf = (key: string) => key.replace(/^default\/(.)-.*/, '$1');
  const of = (gang: string, keys: Iterable<string>) => [...keys].filter((k) => gangOf(k) === gang);

  const decide = (gang: string) => {
    // What is on its way has to arrive first.
    if (binding.some(({ key }) => gangOf(key) === gang)) return;
    const pods = of(gang, waiting.keys()).map((key) => waiting.get(key)!);
    if (pods.length === 0) return;
    const placed = of(gang, bound).length;
    const plan = planGang({ minCount: 8, placed, waiting: pods }, engine, state);
    if (plan.kind !== 'place') return;
    attempts.begin(gang, 8 - placed, now);
    for (const { pod, nodeName } of plan.placements) {
      waiting.delete(pod.key);
      state.assume(pod, nodeName);
      binding.push(pod);
    }
  };
  const bindOne = () => {
    const [pod] = binding.splice(Math.floor(random() * binding.length), 1);
    if (!pod) return;
    if (random() < 0.1) {
      state.forget(pod.key);
      waiting.set(pod.key, pod);
    } else {
      bound.add(pod.key);
      attempts.bound(gangOf(pod.key), pod.key);
    }
  };
  const release = () => {
    for (const { pods } of attempts.expire(now)) {
      for (const key of pods) {
        bound.delete(key);
        state.removePod(key);
        // Its owner makes another one.
        waiting.set(key, state.podInfo(member(key.slice('default/'.length))));
      }
    }
  };
  const watch = () => {
    for (const gang of ['a', 'b']) {
      const count = of(gang, bound).length;
      if (count === 0 || count === 8) partial.delete(gang);
      else if (!partial.has(gang)) partial.set(gang, now);
      const since = partial.get(gang);
      assert.ok(since === undefined || now - since <= timeoutMs, 'places held past the time-out');
    }
  };
  return {
    arrive: (name: string) => void waiting.set(`default/${name}`, state.podInfo(member(name))),
    step() {
      now += 1;
      release();
      if (random() < 0.5) bindOne();
      else decide(random() < 0.5 ? 'a' : 'b');
      watch();
    },
    isSettled: () =>
      binding.length === 0 && ['a', 'b'].some((gang) => of(gang, bound).length === 8),
    bound: (gang: string) => of(gang, bound).length,
  };
}
