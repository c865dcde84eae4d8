import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import { simulate } from '../engine/simulate.ts';
import type { PodInfo } from '../pod-info.ts';
import { readBudgets } from '../preemption/budgets.ts';
import { isPreempted } from '../preemption/plan-preemption.ts';
import { disruptionUnits, priorityAmong, unitsByImportance } from './disruption-units.ts';
import type { DisruptionUnit, GroupOf } from './disruption-units.ts';
import { planGang } from './plan-gang.ts';
import type { GangOfPods, Placement } from './plan-gang.ts';

export type GroupPreemptionPlan =
  | {
      readonly kind: 'evict';
      /** The most important first. */
      readonly victims: readonly PodInfo[];
      /** Where the group's pods go once the victims have left. */
      readonly placements: readonly Placement[];
    }
  | {
      readonly kind: 'none';
      /** Why, in upstream's words. */
      readonly message: string;
    };

export interface GroupPreemptionOptions {
  readonly state: ClusterState;
  readonly engine: Engine;
  readonly groupOf: GroupOf;
}

/** Pods of one PodGroup that could not be placed as many as are needed. */
export interface PreemptingGroup extends GangOfPods {
  readonly priority: number;
}

/** Why the group may not have others evicted, whatever that would help; undefined when it may. */
export function whyGroupBarred(
  { waiting, priority }: PreemptingGroup,
  { state, groupOf }: Pick<GroupPreemptionOptions, 'state' | 'groupOf'>,
): string | undefined {
  if (waiting.some(({ pod }) => pod.spec.preemptionPolicy === 'Never'))
    return 'not eligible due to preemptionPolicy=Never.';
  const promised = waiting.flatMap(({ key, pod }) => {
    const nodeName = state.nominatedNode(key) ?? pod.status?.nominatedNodeName;
    return (nodeName !== undefined && state.node(nodeName)) || [];
  });
  const isLeaving = promised.some(({ pods }) =>
    pods.some((pod) => isPreempted(pod) && priorityAmong(pod, groupOf(pod)) < priority),
  );
  return isLeaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

/**
 * Who has to leave so that as many pods of the group as it needs get nodes: over the whole cluster, and nobody when that
 * would not be enough. All that is less important goes; then as much comes back as can: first what budgets protect, and
 * the most important first. Pods of a group that is disrupted as a whole go together or stay together. The group must not
 * fit as things are; promises to its own pods are expected to be off. The state is left as it was.
 */
export function planGroupPreemption(
  group: PreemptingGroup,
  { state, engine, groupOf }: GroupPreemptionOptions,
): GroupPreemptionPlan {
  const lesser = disruptionUnits(state.nodes(), groupOf).filter(
    ({ priority }) => priority < group.priority,
  );
  if (lesser.length === 0)
    return { kind: 'none', message: 'No preemption victims found for incoming preemptor' };
  return simulate(state, ({ place, remove }) => {
    const takeOff = (units: readonly DisruptionUnit[]) => {
      for (const { pods } of units) for (const { pod } of pods) remove(pod.key);
    };
    const putBack = (units: readonly DisruptionUnit[]) => {
      for (const { pods } of units) for (const { pod, nodeName } of pods) place(pod, nodeName);
    };
    const placing = () => {
      const plan = planGang(group, engine, state);
      return plan.kind === 'place' && plan.placements.length > 0 ? plan.placements : undefined;
    };
    takeOff(lesser);
    let placements = placing();
    if (!placements) return { kind: 'none', message: 'Preemption is not helpful for scheduling' };
    const spared = new Set<DisruptionUnit>();
    // Whole runs at once: what fits together fits one by one, too.
    const spare = (units: readonly DisruptionUnit[]) => {
      let size = 1;
      for (let at = 0; at < units.length;) {
        const run = units.slice(at, at + size);
        putBack(run);
        const still = placing();
        if (still) {
          placements = still;
          for (const unit of run) spared.add(unit);
        } else takeOff(run);
        if (still || run.length === 1) at += run.length;
        size = still ? size * 2 : Math.max(1, run.length >> 1);
      }
    };
    const candidates = unitsByImportance(lesser);
    const violating = readBudgets(state.objects).violating(candidates.flatMap(podsOf));
    const isProtected = (unit: DisruptionUnit) => podsOf(unit).some((pod) => violating.has(pod));
    spare(candidates.filter(isProtected));
    spare(candidates.filter((unit) => !isProtected(unit)));
    const victims = candidates.filter((unit) => !spared.has(unit)).flatMap(podsOf);
    // Without victims there would have been nothing to make room for.
    if (victims.length === 0)
      return { kind: 'none', message: 'No preemption victims found for incoming preemptor' };
    return { kind: 'evict', victims, placements };
  });
}

const podsOf = ({ pods }: DisruptionUnit): readonly PodInfo[] => pods.map(({ pod }) => pod);
