import assert from 'node:assert/strict';
import { makeNode, makePod } from '@berth/api/testing';
import { createClusterState } from '../cluster-state.ts';
import { createEngine } from '../engine/engine.ts';
import { defaultPlugins } from '../profiles.ts';
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
});
