import type { Deployment, ReplicaSet } from '@berth/api';
import { bounds, isRollingUpdate, replicasOf, total } from './replica-counts.ts';
import { byAge, desiredReplicasAnnotation, maxReplicasAnnotation } from './revisions.ts';

/** New counts by set name; sets that are not named keep theirs. */
export type Counts = ReadonlyMap<string, number>;

/** Somebody changed `spec.replicas` since the sets were last given their counts. */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const active = sets.filter((set) => replicasOf(set) > 0);
  return active.some(({ metadata }) => {
    const desired = metadata.annotations?.[desiredReplicasAnnotation];
    return desired !== undefined && Number(desired) !== replicasOf(deployment);
  });
}

/**
 * The counts after a change of `spec.replicas` alone: the one active set takes all; in the middle of a rollout the
 * change is shared out in proportion to the sets' sizes, so that the rollout goes on with the same risk.
 */
export function planScale(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): Counts {
  const all = newSet ? [...oldSets, newSet] : oldSets;
  const active = all.filter((set) => replicasOf(set) > 0);
  const only = active.length > 1 ? undefined : (active[0] ?? newSet);
  if (only) return new Map([[only.metadata.name, replicasOf(deployment)]]);
  if (newSet && isSaturated(deployment, newSet)) {
    return new Map(active.filter((set) => set !== newSet).map((set) => [set.metadata.name, 0]));
  }
  return isRollingUpdate(deployment) ? proportional(deployment, active) : new Map();
}

/** The new set is all there and available: the old ones are not needed any more. */
const isSaturated = (deployment: Deployment, { metadata, spec, status }: ReplicaSet) => {
  const desired = replicasOf(deployment);
  return (
    spec.replicas === desired &&
    Number(metadata.annotations?.[desiredReplicasAnnotation]) === desired &&
    status?.availableReplicas === desired
  );
};

function proportional(deployment: Deployment, active: readonly ReplicaSet[]): Counts {
  const desired = replicasOf(deployment);
  const allowed = desired > 0 ? desired + bounds(deployment).maxSurge : 0;
  const toAdd = allowed - total(active);
  // Of equal sizes the newest grows first and the oldest shrinks first.
  const ordered = [...active].sort(
    (a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)),
  );
  const counts = new Map<string, number>();
  let added = 0;
  for (const set of ordered) {
    const share = toAdd === 0 ? 0 : shareOf(set, allowed, toAdd, added);
    added += share;
    counts.set(set.metadata.name, replicasOf(set) + share);
  }
  const [largest] = ordered;
  if (largest && toAdd !== added) {
    const { name } = largest.metadata;
    counts.set(name, Math.max(0, (counts.get(name) ?? 0) + toAdd - added));
  }
  return counts;
}

/** What the set's size was of the whole at the last scaling, of what is to be added now, and not past the rest. */
function shareOf(set: ReplicaSet, allowed: number, toAdd: number, added: number): number {
  const annotated = Number(set.metadata.annotations?.[maxReplicasAnnotation]);
  const wholeBefore = annotated > 0 ? annotated : replicasOf(set);
  const fraction = Math.round((replicasOf(set) * allowed) / wholeBefore) - replicasOf(set);
  const rest = toAdd - added;
  return toAdd > 0 ? Math.max(0, Math.min(fraction, rest)) : Math.min(0, Math.max(fraction, rest));
}
