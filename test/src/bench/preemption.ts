import type { Pod } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';
import {
  createClusterState,
  createEngine,
  createPreemptionPlanner,
  defaultPlugins,
} from '@berth/scheduler';
import type { Row } from './rows.ts';

const nodeCount = 5_000;
const goal = 1_000;

/**
 * As many important pods as there are nodes, each of which holds a lesser pod that leaves no room beside it: every
 * important pod is found to fit nowhere, gets a node promised, and is placed there once the lesser one is gone.
 */
export function measurePreemption(): readonly Row[] {
  const state = createClusterState();
  const engine = createEngine({ state, plugins: defaultPlugins });
  const planner = createPreemptionPlanner({ state, engine, plugins: defaultPlugins });
  for (let i = 0; i < nodeCount; i += 1) {
    state.setNode(nodeOf(i));
    state.addPod(state.podInfo(podOf('lesser', i, 0)), `node-${i}`);
  }
  const important = Array.from({ length: nodeCount }, (_, i) =>
    state.podInfo(podOf('important', i, 1_000)),
  );
  const before = process.cpuUsage();
  for (const pod of important) {
    if (engine.decide(pod).kind === 'bind') throw new Error('a pod found room that is not there');
    const plan = planner.plan(pod);
    if (plan.kind !== 'evict' || plan.victims.length !== 1)
      throw new Error('nobody makes room for a pod');
    state.nominate(pod, plan.nodeName);
    for (const { key } of plan.victims) state.removePod(key);
    const decision = engine.decide(pod);
    if (decision.kind !== 'bind' || decision.nodeName !== plan.nodeName)
      throw new Error('a pod is not placed where it was promised to be');
    state.unnominate(pod.key);
    state.assume(pod, decision.nodeName);
  }
  const { user, system } = process.cpuUsage(before);
  const perSecond = (nodeCount * 1e6) / (user + system);
  return [
    {
      name: `pods that preempt one of ${nodeCount}, per CPU second`,
      value: perSecond.toFixed(0),
      goal: { text: `≥ ${goal}`, met: perSecond >= goal },
      note: 'found unschedulable, planned for and placed',
    },
  ];
}

const nodeOf = (i: number) =>
  makeNode(`node-${i}`, {}, { status: { allocatable: { cpu: '4', memory: '16Gi', pods: '110' } } });

const podOf = (name: string, i: number, priority: number): Pod =>
  makePod(`${name}-${i}`, {
    priority,
    containers: [{ name: 'c', image: 'example.com/app:1', resources: { requests: { cpu: '3' } } }],
  });
