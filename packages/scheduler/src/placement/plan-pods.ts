import type { Pod } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import type { Simulation } from '../engine/simulate.ts';
import type { QueueView } from '../fair-queues/queue-view.ts';
import { failureMessage } from '../failure-message.ts';
import type { PreemptionPlanner } from '../preemption/plan-preemption.ts';

/** One plugin's refusal and where it holds. */
export interface SharedRefusal {
  readonly plugin: string;
  readonly reasons: readonly string[];
  readonly preemptionMayHelp: boolean;
  readonly nodes: readonly string[];
}

export interface PodPlan {
  readonly pod: Pod;
  readonly nodeName?: string;
  readonly message?: string;
  readonly refusals?: readonly SharedRefusal[];
  /** Pods that have to leave before it can come. */
  readonly victims?: readonly Pod[];
}

interface Decider {
  readonly engine: Engine;
  /** Absent where nobody makes room. */
  readonly preemption?: PreemptionPlanner | undefined;
}

export interface PlanPodsOptions {
  readonly state: ClusterState;
  /** Where placed pods are put, so that the next decision sees them. */
  readonly changes: Simulation;
  /** Undefined where another scheduler decides. */
  readonly deciderOf: (pod: Pod) => Decider | undefined;
  /** Absent where pods belong to no queues. */
  readonly queues?: QueueView | undefined;
}

/** Decides about the pods one after the other, each with those before it in their places. */
export const planPods = (pods: readonly Pod[], options: PlanPodsOptions): readonly PodPlan[] =>
  pods.map((pod) => planPod(pod, options));

function planPod(pod: Pod, options: PlanPodsOptions): PodPlan {
  const { state, changes, deciderOf, queues } = options;
  const { nodeName, schedulerName = '', schedulingGates = [] } = pod.spec;
  const info = state.podInfo(pod);
  if (nodeName) {
    changes.place(info, nodeName);
    return { pod, nodeName, message: 'named by the pod itself' };
  }
  const decider = deciderOf(pod);
  if (!decider)
    return { pod, message: `the scheduler ${JSON.stringify(schedulerName)} decides about it` };
  if (schedulingGates.length > 0) {
    const names = schedulingGates.map(({ name }) => name).join(' ');
    return { pod, message: `waiting for scheduling gates: [${names}]` };
  }
  const heldFor = queues?.whyHeld(info);
  if (heldFor !== undefined) return { pod, message: heldFor };
  const { engine, preemption } = decider;
  const decision = engine.decide(info);
  if (decision.kind === 'bind') {
    changes.place(info, decision.nodeName);
    queues?.placed(info);
    return { pod, nodeName: decision.nodeName };
  }
  const room = preemption?.plan(info);
  if (room?.kind === 'evict') {
    for (const { key } of room.victims) changes.remove(key);
    changes.place(info, room.nodeName);
    queues?.placed(info);
    const victims = room.victims.map((victim) => victim.pod);
    return { pod, nodeName: room.nodeName, victims };
  }
  const shared = new Map<string, SharedRefusal & { readonly nodes: string[] }>();
  for (const { nodeName: name, verdict, refusedBy } of engine.explain(info)) {
    if (verdict.ok) continue;
    const id = JSON.stringify([refusedBy, verdict.reasons]);
    const known = shared.get(id);
    if (known) known.nodes.push(name);
    else
      shared.set(id, {
        ...{ plugin: refusedBy, reasons: verdict.reasons },
        ...{ preemptionMayHelp: verdict.resolvable, nodes: [name] },
      });
  }
  const message = [failureMessage(decision), ...(room ? [`preemption: ${room.message}`] : [])].join(
    ' ',
  );
  return { pod, message, refusals: [...shared.values()] };
}
