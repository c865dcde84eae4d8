import type { Deployment, ReplicaSet } from '@berth/api';
import { availableIn, bounds, haveActed, present, replicasOf, total } from './replica-counts.ts';
import { byAge } from './revisions.ts';
import type { Counts } from './scale.ts';

/**
 * One step of a rolling update. First the new set grows as far as surge allows; when it cannot grow, old sets shrink
 * as far as enough pods stay available, those whose pods never worked first. Upstream grows as soon as old sets have
 * been told to shrink, and may have more pods than surge allows until they have; here their pods count until then.
 */
export function planRolling(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Counts {
  const grown = grow(deployment, newSet, oldSets);
  if (grown !== replicasOf(newSet)) return new Map([[newSet.metadata.name, grown]]);
  return shrinkOld(deployment, newSet, oldSets);
}

function grow(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): number {
  const desired = replicasOf(deployment);
  const grown = replicasOf(newSet);
  if (grown >= desired) return desired;
  if (!haveActed(oldSets)) return grown;
  const room = desired + bounds(deployment).maxSurge - present([...oldSets, newSet]);
  return room <= 0 ? grown : grown + Math.min(room, desired - grown);
}

function shrinkOld(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Counts {
  const desired = replicasOf(deployment);
  const minAvailable = desired - bounds(deployment).maxUnavailable;
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const surplus = total([...oldSets, newSet]) - minAvailable - newUnavailable;
  const counts = new Map(oldSets.map((set) => [set.metadata.name, replicasOf(set)]));
  const ordered = [...oldSets].sort(byAge);

  let cleaned = 0;
  for (const set of ordered) {
    const unhealthy = replicasOf(set) - (set.status?.availableReplicas ?? 0);
    const cut = Math.max(0, Math.min(surplus - cleaned, unhealthy));
    cleaned += cut;
    counts.set(set.metadata.name, replicasOf(set) - cut);
  }

  // A status may still count pods that its set has been told to give up: what is left of the surplus does not.
  let spare = Math.min(availableIn([...oldSets, newSet]) - minAvailable, surplus - cleaned);
  for (const set of ordered) {
    const left = counts.get(set.metadata.name)!;
    const cut = Math.max(0, Math.min(spare, left));
    spare -= cut;
    counts.set(set.metadata.name, left - cut);
  }
  return counts;
}

/** Recreate: nothing new before the last old pod is gone. `oldPodsLeft` counts pods that still run or stop. */
export function planRecreate(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  oldPodsLeft: number,
): Counts | 'create new set' {
  const running = oldSets.filter((set) => replicasOf(set) > 0);
  if (running.length > 0) return new Map(running.map((set) => [set.metadata.name, 0]));
  if (oldPodsLeft > 0) return new Map();
  if (!newSet) return 'create new set';
  return new Map([[newSet.metadata.name, replicasOf(deployment)]]);
}
