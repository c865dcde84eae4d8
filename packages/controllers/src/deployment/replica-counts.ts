import { scaledValue } from '@berth/api';
import type { Deployment, ReplicaSet } from '@berth/api';

export const replicasOf = ({ spec }: ReplicaSet | Deployment): number => spec.replicas ?? 1;

export const total = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + replicasOf(set), 0);

/** As many pods as there can be: a set that was told to shrink has those that it had, until its status says otherwise. */
export const present = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + Math.max(replicasOf(set), set.status?.replicas ?? 0), 0);

/** Whether every set that does not go has acted on the count it was given last, so that its status tells of it. */
export const haveActed = (sets: readonly ReplicaSet[]): boolean =>
  sets.every(
    ({ metadata: { deletionTimestamp, generation = 0 }, status }) =>
      deletionTimestamp !== undefined || (status?.observedGeneration ?? 0) >= generation,
  );

export const availableIn = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);

export const isRollingUpdate = ({ spec }: Deployment): boolean =>
  spec.strategy?.type !== 'Recreate';

/**
 * How far a rolling update may go over and under the desired count. Percentages of surge round up, of
 * unavailability down; both zero would never move, so one may then be unavailable.
 */
export function bounds(deployment: Deployment): {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
} {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } =
    deployment.spec.strategy?.rollingUpdate ?? {};
  const replicas = replicasOf(deployment);
  const surge = scaledValue(maxSurge, replicas, 'up');
  const unavailable = scaledValue(maxUnavailable, replicas, 'down');
  return {
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas),
  };
}
