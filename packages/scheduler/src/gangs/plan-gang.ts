import type { ClusterState } from '../cluster-state.ts';
import type { Unschedulable } from '../engine/decision.ts';
import type { Engine } from '../engine/engine.ts';
import { simulate } from '../engine/simulate.ts';
import type { PodInfo } from '../pod-info.ts';

/** Pods of one PodGroup with a gang policy. */
export interface GangOfPods {
  /** How many of its pods have to have a node at the same time. */
  readonly minCount: number;
  /** How many have one already. */
  readonly placed: number;
  /** Those that have none, in the order in which they are tried. */
  readonly waiting: readonly PodInfo[];
}

export interface Placement {
  readonly pod: PodInfo;
  readonly nodeName: string;
}

interface Refused {
  readonly pod: PodInfo;
  readonly decision: Unschedulable;
}

export type GangPlan =
  /** Enough of them fit. Those beyond what is needed that do not fit are `left`. */
  | {
      readonly kind: 'place';
      readonly placements: readonly Placement[];
      readonly left: readonly Refused[];
    }
  /** Too few of them exist yet. */
  | { readonly kind: 'incomplete'; readonly missing: number }
  /** Too few of them fit: `fitting` with those that have a node. */
  | { readonly kind: 'refuse'; readonly fitting: number; readonly refused: readonly Refused[] };

/**
 * Decides a gang's pods together: each sees those before it in their places, and all of them go, or none. The state is
 * left as it was; while nothing happens in between, the placements hold.
 */
export function planGang(
  { minCount, placed, waiting }: GangOfPods,
  engine: Engine,
  state: ClusterState,
): GangPlan {
  const missing = minCount - placed - waiting.length;
  if (missing > 0) return { kind: 'incomplete', missing };
  return simulate(state, (changes) => {
    const placements: Placement[] = [];
    const refused: Refused[] = [];
    for (const pod of waiting) {
      const decision = engine.decide(pod);
      if (decision.kind === 'unschedulable') {
        refused.push({ pod, decision });
        // The others may fit, but they would wait for ever.
        if (placed + waiting.length - refused.length < minCount) break;
        continue;
      }
      changes.place(pod, decision.nodeName);
      placements.push({ pod, nodeName: decision.nodeName });
    }
    const fitting = placed + placements.length;
    return fitting < minCount
      ? { kind: 'refuse', fitting, refused }
      : { kind: 'place', placements, left: refused };
  });
}
