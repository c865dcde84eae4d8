import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { nonZero } from '../non-zero.ts';
import { availableIn, bounds, replicasOf } from './replica-counts.ts';

export interface StatusInput {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  readonly sets: readonly ReplicaSet[];
  readonly now: number;
  /** The new set was made or found with this pass. */
  readonly newSetEvent?: 'created' | 'found' | undefined;
}

/** The status that the sets' own statuses add up to, with upstream's three conditions. */
export function planStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newSet, sets } = input;
  const sum = (read: (status: NonNullable<ReplicaSet['status']>) => number | undefined) =>
    sets.reduce((all, { status }) => all + ((status && read(status)) ?? 0), 0);
  const replicas = sum((status) => status.replicas);
  const availableReplicas = availableIn(sets);
  const wanted = sets.reduce((all, set) => all + replicasOf(set), 0);
  const status: DeploymentStatus = nonZero({
    observedGeneration: deployment.metadata.generation,
    replicas,
    updatedReplicas: newSet?.status?.replicas,
    readyReplicas: sum((s) => s.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, wanted - availableReplicas),
    terminatingReplicas: sum((s) => s.terminatingReplicas),
    collisionCount: deployment.status?.collisionCount,
  });
  return { ...status, conditions: planConditions(input, status) };
}

/** All replicas are of the new template, all are available, and no old one is left. */
export const isComplete = ({ spec }: Deployment, status: DeploymentStatus): boolean => {
  const desired = spec.replicas ?? 1;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status;
  return [updatedReplicas, replicas, availableReplicas].every((count) => count === desired);
};

function planConditions(
  input: StatusInput,
  status: DeploymentStatus,
): readonly DeploymentCondition[] {
  const wanted = [
    availability(input.deployment, status),
    progress(input, status),
    replicaFailure(input),
  ].flatMap((condition) => condition ?? []);
  const now = formatTime(input.now);
  return wanted.map(({ condition, touch }) => {
    const known = find(input.deployment, condition.type);
    const unchanged =
      known?.status === condition.status && known.reason === condition.reason && !touch;
    if (unchanged) return { ...known, message: condition.message };
    const transition = known?.status === condition.status ? known.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: transition ?? now, lastUpdateTime: now };
  });
}

interface Wanted {
  readonly condition: Pick<DeploymentCondition, 'type' | 'status'> & {
    readonly reason: string;
    readonly message: string;
  };
  /** Something moved: the update time counts even when nothing else changed. */
  readonly touch?: boolean;
}

const find = ({ status }: Deployment, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

function availability(deployment: Deployment, { availableReplicas = 0 }: DeploymentStatus): Wanted {
  const enough = availableReplicas >= replicasOf(deployment) - bounds(deployment).maxUnavailable;
  return {
    condition: enough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
  };
}

const progressing = (status: string, reason: string, message: string, touch = false): Wanted => ({
  condition: { type: 'Progressing', status, reason, message },
  touch,
});

function progress(input: StatusInput, status: DeploymentStatus): Wanted | undefined {
  const { deployment, newSet, now, newSetEvent } = input;
  const known = find(deployment, 'Progressing');
  const what = newSet
    ? `ReplicaSet ${JSON.stringify(newSet.metadata.name)}`
    : `Deployment ${JSON.stringify(deployment.metadata.name)}`;
  if (!hasDeadline(deployment)) return undefined;
  if (deployment.spec.paused && !(known?.reason === 'NewReplicaSetAvailable')) {
    return known?.reason === 'ProgressDeadlineExceeded'
      ? kept(known)
      : progressing('Unknown', 'DeploymentPaused', 'Deployment is paused');
  }
  if (isComplete(deployment, status)) {
    return progressing('True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`);
  }
  if (newSetEvent === 'created') {
    return progressing(
      'True',
      'NewReplicaSetCreated',
      `Created new replica set ${quoted(newSet)}`,
      true,
    );
  }
  if (newSetEvent === 'found' && known?.reason !== 'ReplicaSetUpdated') {
    return progressing(
      'True',
      'FoundNewReplicaSet',
      `Found new replica set ${quoted(newSet)}`,
      true,
    );
  }
  if (known?.reason === 'DeploymentPaused') {
    return progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed', true);
  }
  if (hasMoved(deployment.status, status)) {
    return progressing('True', 'ReplicaSetUpdated', `${what} is progressing.`, true);
  }
  const since = known?.lastUpdateTime ? Date.parse(known.lastUpdateTime) : now;
  // A rollout that was complete once and only lost pods since is not a rollout that hangs.
  if (known && known.reason !== 'NewReplicaSetAvailable' && since + deadlineMs(deployment) <= now) {
    return progressing('False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`);
  }
  return known ? kept(known) : progressing('True', 'ReplicaSetUpdated', `${what} is progressing.`);
}

const quoted = (set: ReplicaSet | undefined) => JSON.stringify(set?.metadata.name ?? '');

const kept = (known: DeploymentCondition): Wanted =>
  progressing(known.status, known.reason ?? '', known.message ?? '');

function hasMoved(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const oldOf = (status: DeploymentStatus | undefined) =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    oldOf(after) < oldOf(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

/** Upstream takes the largest int32 for "never". */
const never = 2 ** 31 - 1;
const hasDeadline = ({ spec }: Deployment) => (spec.progressDeadlineSeconds ?? 600) !== never;
const deadlineMs = ({ spec }: Deployment) => (spec.progressDeadlineSeconds ?? 600) * 1000;

/** When the rollout will have made no progress for too long, in ms from now; undefined when it cannot. */
export function untilDeadline(
  deployment: Deployment,
  status: DeploymentStatus,
  now: number,
): number | undefined {
  const condition = status.conditions?.find(({ type }) => type === 'Progressing');
  if (!hasDeadline(deployment) || condition?.status !== 'True' || isComplete(deployment, status)) {
    return undefined;
  }
  if (condition.reason === 'NewReplicaSetAvailable' || !condition.lastUpdateTime) return undefined;
  // A whole second more: times on the wire have no fractions.
  return Math.max(0, Date.parse(condition.lastUpdateTime) + deadlineMs(deployment) + 1000 - now);
}

/** A set that cannot make its pods speaks for the deployment. */
function replicaFailure({ newSet, sets }: StatusInput): Wanted | undefined {
  const failing = [newSet, ...sets]
    .flatMap((set) => set?.status?.conditions ?? [])
    .find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (!failing) return undefined;
  const { type, status, reason = '', message = '' } = failing;
  return { condition: { type, status, reason, message } };
}
