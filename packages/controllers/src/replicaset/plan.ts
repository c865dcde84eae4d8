import { formatTime } from '@berth/component-base';
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '@berth/api';
import { nonZero } from '../non-zero.ts';
import { isActive, isAvailable, isReady, readySince } from '../pods.ts';
import { rankForDeletion } from './rank-for-deletion.ts';

export interface Observed {
  readonly replicaSet: ReplicaSet;
  /** Pods that the set owns, finished and terminating ones too. */
  readonly pods: readonly Pod[];
  /** How many pods of related sets run on each node: of two equal pods the one with more company goes. */
  readonly companyOn: ReadonlyMap<string, number>;
  readonly now: number;
}

export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
}

/** Most pods one pass may create or delete, so that a bad template cannot flood the API server. */
export const burst = 500;

/** What would bring the observed pods to the desired count. A set that is being deleted asks for nothing. */
export function planReplicas({ replicaSet, pods, companyOn, now }: Observed): ReplicaPlan {
  if (replicaSet.metadata.deletionTimestamp) return { create: 0, remove: [] };
  const active = pods.filter(isActive);
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  if (missing >= 0) return { create: Math.min(missing, burst), remove: [] };
  const surplus = Math.min(-missing, burst);
  return { create: 0, remove: rankForDeletion(active, companyOn, now).slice(0, surplus) };
}

/** The status that the observed pods give; `failure` says why the last pass could not create or delete, if so. */
export function planStatus(
  { replicaSet, pods, now }: Observed,
  failure: { readonly reason: string; readonly message: string } | undefined,
): ReplicaSetStatus {
  const active = pods.filter(isActive);
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const templateLabels = Object.entries(replicaSet.spec.template?.metadata?.labels ?? {});
  const carriesTemplateLabels = ({ metadata }: Pod) =>
    templateLabels.every(([key, value]) => metadata.labels?.[key] === value);
  const conditions = conditionsOf(replicaSet, failure, now);
  return {
    replicas: active.length,
    ...nonZero({
      fullyLabeledReplicas: active.filter(carriesTemplateLabels).length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
      terminatingReplicas: pods.filter(({ metadata }) => metadata.deletionTimestamp).length,
      observedGeneration: replicaSet.metadata.generation,
    }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** When the next pod will have been ready for long enough, in ms from now; undefined when none is waiting. */
export function nextAvailability({ replicaSet, pods, now }: Observed): number | undefined {
  const minReadyMs = (replicaSet.spec.minReadySeconds ?? 0) * 1000;
  const waits = pods.filter(isActive).flatMap((pod) => {
    const since = readySince(pod);
    return since !== undefined && since + minReadyMs > now ? [since + minReadyMs - now] : [];
  });
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

const failureType = 'ReplicaFailure';

function conditionsOf(
  { status }: ReplicaSet,
  failure: { readonly reason: string; readonly message: string } | undefined,
  now: number,
): readonly ReplicaSetCondition[] {
  const others = (status?.conditions ?? []).filter(({ type }) => type !== failureType);
  if (!failure) return others;
  const known = status?.conditions?.find(({ type }) => type === failureType);
  const lastTransitionTime = known?.lastTransitionTime ?? formatTime(now);
  return [...others, { type: failureType, status: 'True', lastTransitionTime, ...failure }];
}
