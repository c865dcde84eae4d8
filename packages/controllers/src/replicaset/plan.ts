import { formatTime } from '@berth/component-base';
import type {
  Pod,
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
  ReplicationController,
} from '@berth/api';
import { nonZero } from '../non-zero.ts';
import { isActive, isAvailable, isReady, readySince } from '../pods.ts';
import { rankForDeletion } from './rank-for-deletion.ts';

export interface Observed {
  readonly owner: ReplicaSet | ReplicationController;
  /** Pods of the owner, finished and terminating ones too. */
  readonly pods: readonly Pod[];
  /** How many pods of related owners run on each node: of two equal pods the one with more company goes. */
  readonly companyOn: ReadonlyMap<string, number>;
  readonly now: number;
}

export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
}

/** Most pods one pass may create or delete, so that a bad template cannot flood the API server. */
export const burst = 500;

/** What would bring the observed pods to the desired count. An owner that is being deleted asks for nothing. */
export function planReplicas({ owner, pods, companyOn, now }: Observed): ReplicaPlan {
  if (owner.metadata.deletionTimestamp) return { create: 0, remove: [] };
  const active = pods.filter(isActive);
  const missing = (owner.spec.replicas ?? 1) - active.length;
  if (missing >= 0) return { create: Math.min(missing, burst), remove: [] };
  const surplus = Math.min(-missing, burst);
  return { create: 0, remove: rankForDeletion(active, companyOn, now).slice(0, surplus) };
}

/** The status that the observed pods give; `failure` says why the last pass could not create or delete, if so. */
export function planStatus(
  { owner, pods, now }: Observed,
  failure: { readonly reason: string; readonly message: string } | undefined,
): ReplicaSetStatus {
  const active = pods.filter(isActive);
  const minReadySeconds = owner.spec.minReadySeconds ?? 0;
  const templateLabels = Object.entries(owner.spec.template?.metadata?.labels ?? {});
  const carriesTemplateLabels = ({ metadata }: Pod) =>
    templateLabels.every(([key, value]) => metadata.labels?.[key] === value);
  const conditions = conditionsOf(owner, failure, now);
  return {
    replicas: active.length,
    ...nonZero({
      fullyLabeledReplicas: active.filter(carriesTemplateLabels).length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
      terminatingReplicas: pods.filter(({ metadata }) => metadata.deletionTimestamp).length,
      observedGeneration: owner.metadata.generation,
    }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** When the next pod will have been ready for long enough, in ms from now; undefined when none is waiting. */
export function nextAvailability({ owner, pods, now }: Observed): number | undefined {
  const minReadyMs = (owner.spec.minReadySeconds ?? 0) * 1000;
  const waits = pods.filter(isActive).flatMap((pod) => {
    const since = readySince(pod);
    return since !== undefined && since + minReadyMs > now ? [since + minReadyMs - now] : [];
  });
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

const failureType = 'ReplicaFailure';

function conditionsOf(
  { status }: Observed['owner'],
  failure: { readonly reason: string; readonly message: string } | undefined,
  now: number,
): readonly ReplicaSetCondition[] {
  const conditions = status?.conditions ?? [];
  if (!failure) return conditions.filter(({ type }) => type !== failureType);
  // The first failure stays: each one names another pod, and every change of the status would bring on the next attempt.
  if (conditions.some(({ type }) => type === failureType)) return conditions;
  const { reason, message } = failure;
  const lastTransitionTime = formatTime(now);
  return [
    ...conditions,
    { type: failureType, status: 'True', lastTransitionTime, reason, message },
  ];
}
