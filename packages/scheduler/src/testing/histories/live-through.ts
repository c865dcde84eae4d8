import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { keyOf } from '@berth/api';
import type { ClusterState } from '../../cluster-state.ts';
import type { NodeReport } from '../../engine/decision.ts';
import type { Engine } from '../../engine/engine.ts';
import type { PreemptionPlan, PreemptionPlanner } from '../../preemption/plan-preemption.ts';
import { failureMessage } from '../../failure-message.ts';
import type { Plugin } from '../../framework.ts';
import { failureMessage as expectedMessage, preemptFor, ruleOn } from '../oracle/index.ts';
import type { Preemption, Ruling, World } from '../oracle/index.ts';
import { applyChange, changesOf, firstChanges } from './changes.ts';
import type { Change } from './changes.ts';
import type { History } from './history.ts';

/** Tells a cluster's state what the scheduler's informers would tell it. */
function tell(state: ClusterState, change: Change): void {
  switch (change.kind) {
    case 'set-node':
      return state.setNode(change.node);
    case 'remove-node':
      return state.removeNode(change.node.metadata.name);
    case 'set-pod':
      return tellPod(state, change.pod);
    case 'remove-pod':
      state.unnominate(keyOf(change.pod));
      return state.removePod(keyOf(change.pod));
    case 'set-object':
      return state.setObject(change.type, change.object);
    case 'remove-object':
      return state.removeObject(change.type, change.object);
  }
}

function tellPod(state: ClusterState, pod: Pod): void {
  const info = state.podInfo(pod);
  const promised = pod.status?.nominatedNodeName;
  if (pod.spec.nodeName) state.addPod(info, pod.spec.nodeName);
  else if (promised) state.nominate(info, promised);
}

/** An engine that decides by `plugins` on the state. */
export interface Subject {
  readonly state: ClusterState;
  readonly engine: Engine;
  readonly plugins: readonly Plugin[];
  /** Where given, it is asked about every pod that fits nowhere. */
  readonly planner?: PreemptionPlanner;
}

/**
 * Lives through the history and asks after every step about every probe
 * Throws at the first answer that is not the oracle's. Gives the number of decisions.
 */
export function liveThrough(
  history: History,
  { state, engine, plugins, planner }: Subject,
): number {
  const weights = new Map(plugins.map(({ name, weight = 1 }) => [name, weight]));
  let world: World = { nodes: [], pods: [] };
  let decisions = 0;
  const happen = (change: Change) => {
    world = applyChange(world, change);
    tell(state, change);
  };
  firstChanges(history).forEach(happen);
  for (const [index, step] of history.steps.entries()) {
    changesOf(step, index, world).forEach(happen);
    for (const [i, probe] of probesOf(history).entries()) {
      const name = `probe${i}`;
      const pod = renamed(world.pods.find(({ metadata }) => metadata.name === name) ?? probe, name);
      const ruling = ruleOn(pod, world, weights);
      assertSame(pod, world, ruling, state, engine);
      decisions += 1;
      if (!planner || world.nodes.length === 0 || ruling.feasible.length > 0) continue;
      const plan = planner.plan(state.podInfo(pod));
      assertSamePlan(preemptFor(pod, world, ruling), plan);
      if (plan.kind === 'evict' && index % 3 === 0)
        happen({ kind: 'set-pod', pod: { ...pod, status: { nominatedNodeName: plan.nodeName } } });
    }
  }
  return decisions;
}

/** Each of them twice: what is known of the one must not be wrong for the other. */
const probesOf = ({ probes }: History) => probes.flatMap((probe) => [probe, probe]);

const renamed = (pod: Pod, name: string): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, name, uid: `uid-${name}` },
});

function assertSame(
  pod: Pod,
  world: World,
  ruling: Ruling,
  state: ClusterState,
  engine: Engine,
): void {
  const info = state.podInfo(pod);
  const decision = engine.decide(info);
  if (ruling.feasible.length === 0) {
    const expected = expectedMessage(world.nodes.length, ruling.obstacle, ruling.refusals.values());
    assert.equal(decision.kind === 'unschedulable' && failureMessage(decision), expected);
  } else {
    assert.ok(decision.kind === 'bind', `bound nowhere instead of ${[...ruling.best].join()}`);
    assert.ok(
      ruling.best.has(decision.nodeName),
      `${decision.nodeName} was chosen instead of ${[...ruling.best].join()}`,
    );
  }
  assertSameReport(ruling, engine.explain(info));
}

function assertSameReport(ruling: Ruling, reports: readonly NodeReport[]): void {
  if (ruling.obstacle) return;
  const said = reports.map(({ nodeName, verdict, refusedBy }) => [
    nodeName,
    verdict.ok
      ? 'fits'
      : {
          plugin: refusedBy,
          reasons: [...verdict.reasons].sort(),
          resolvable: verdict.resolvable,
        },
  ]);
  const expected = reports.map(({ nodeName }) => {
    const refusal = ruling.refusals.get(nodeName);
    return [nodeName, refusal ? { ...refusal, reasons: [...refusal.reasons].sort() } : 'fits'];
  });
  assert.deepEqual(said, expected);
  assert.equal(reports.length, ruling.refusals.size + ruling.feasible.length);
}

function assertSamePlan(expected: Preemption, plan: PreemptionPlan): void {
  if (expected.kind === 'impossible') {
    assert.equal(plan.kind === 'none' && `preemption: ${plan.message}`, expected.message);
    return;
  }
  assert.ok(plan.kind === 'evict', `nobody was evicted: ${plan.kind === 'none' && plan.message}`);
  const { nodeName, victims, violations } = plan;
  assert.ok(
    expected.best.has(nodeName),
    `${nodeName} was chosen instead of ${[...expected.best].join()}`,
  );
  const eviction = expected.evictions.find((each) => each.nodeName === nodeName);
  assert.deepEqual(
    { victims: victims.map(({ pod }) => pod.metadata.name), violations },
    {
      victims: eviction?.victims.map(({ metadata }) => metadata.name),
      violations: eviction?.violations,
    },
  );
}
