import { scaledValue } from '@berth/api';
import type {
  Draft,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  StatefulSet,
  StatefulSetStatus,
} from '@berth/api';
import { nonZero } from '../non-zero.ts';
import { isAvailable, isFinished, isReady, readySince } from '../pods.ts';
import { isStaleClaim, withRetention } from './claim-owners.ts';
import {
  claimNamesOf,
  draftClaims,
  draftSetPod,
  firstOrdinal,
  isWanted,
  ordinalOf,
  podNameOf,
  replicasOf,
  revisionOf,
  withIdentity,
} from './identity.ts';

/** A template with the name of its revision. */
export interface Revision {
  readonly name: string;
  readonly template: PodTemplateSpec;
}

export interface Observed {
  readonly set: StatefulSet;
  /** Pods that the set owns. */
  readonly pods: readonly Pod[];
  readonly claim: (name: string) => PersistentVolumeClaim | undefined;
  /** What pods were made of before the update that is under way. */
  readonly current: Revision;
  /** The present template. */
  readonly update: Revision;
  readonly now: number;
}

export type Action =
  | {
      readonly kind: 'createClaim';
      readonly draft: Draft<PersistentVolumeClaim>;
      readonly podName: string;
    }
  | { readonly kind: 'updateClaim'; readonly claim: PersistentVolumeClaim }
  | { readonly kind: 'createPod'; readonly draft: Draft<Pod> }
  | { readonly kind: 'updatePod'; readonly pod: Pod }
  | { readonly kind: 'removePod'; readonly pod: Pod };

/** Whether what comes later in the order may happen in the same pass. */
interface Step {
  readonly actions: readonly Action[];
  readonly blocks: boolean;
}

/**
 * What one pass does. In order, a pod is made, replaced or removed only while all before it are ready; in parallel, all at once. Updates
 * wait until every pod is there that should be, and come from the last ordinal down.
 */
export function planStatefulSet(observed: Observed): readonly Action[] {
  const { set } = observed;
  if (set.metadata.deletionTimestamp) return [];
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const wanted = Array.from({ length: replicasOf(set) }, (_, i) => firstOrdinal(set) + i);
  const made = inTurn(wanted, ordered, (ordinal) => keepStep(observed, ordinal, ordered));
  if (made.blocks && ordered) return made.actions;
  const condemned = condemnedOf(observed);
  const removed = inTurn(condemned, ordered, (pod) => condemnStep(observed, pod, ordered));
  const actions = [...made.actions, ...removed.actions];
  if (made.blocks || removed.blocks) return actions;
  return [...actions, ...planUpdate(observed)];
}

function inTurn<T>(items: readonly T[], ordered: boolean, step: (item: T) => Step): Step {
  const actions: Action[] = [];
  let blocks = false;
  for (const item of items) {
    const { actions: more, blocks: stops } = step(item);
    actions.push(...more);
    blocks ||= stops;
    if (stops && ordered) break;
  }
  return { actions, blocks };
}

const podAt = ({ set, pods }: Observed, ordinal: number) =>
  pods.find(({ metadata }) => metadata.name === podNameOf(set, ordinal));

const isLeaving = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
const isRunningAndReady = (pod: Pod) => pod.status?.phase === 'Running' && isReady(pod);

const isAvailableNow = ({ set, now }: Observed, pod: Pod) =>
  isRunningAndReady(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);

const isUnavailable = (observed: Observed, pod: Pod | undefined) =>
  !pod || isLeaving(pod) || !isAvailableNow(observed, pod);

/** Sees to it that a pod that should be there is. */
function keepStep(observed: Observed, ordinal: number, ordered: boolean): Step {
  const { set } = observed;
  const pod = podAt(observed, ordinal);
  if (!pod) return createStep(observed, ordinal, ordered);
  if (isFinished(pod)) {
    return { actions: isLeaving(pod) ? [] : [{ kind: 'removePod', pod }], blocks: true };
  }
  const missing = pod.status?.phase === 'Pending' ? missingClaims(observed, ordinal) : [];
  const waits = isLeaving(pod) || !isAvailableNow(observed, pod);
  if (waits && ordered) return { actions: missing, blocks: true };
  const next = withIdentity(set, pod, ordinal);
  return {
    actions: [
      ...missing,
      ...(next ? [{ kind: 'updatePod' as const, pod: next }] : []),
      ...retain(observed, ordinal, pod),
    ],
    blocks: false,
  };
}

function createStep(observed: Observed, ordinal: number, ordered: boolean): Step {
  const { set, claim } = observed;
  const name = podNameOf(set, ordinal);
  const isStale = [...claimNamesOf(set, ordinal).values()].some((claimName) => {
    const known = claim(claimName);
    return known !== undefined && isStaleClaim(known, name, undefined);
  });
  if (isStale) return { actions: [], blocks: true };
  const revision = isBeforeUpdate(observed, ordinal) ? observed.current : observed.update;
  const draft = draftSetPod(set, revision.template, revision.name, ordinal);
  return {
    actions: [...missingClaims(observed, ordinal), { kind: 'createPod', draft }],
    blocks: ordered,
  };
}

/** Below the partition pods keep what they were made of; without one, those that the update has not reached. */
function isBeforeUpdate({ set }: Observed, ordinal: number): boolean {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {};
  const kept = rollingUpdate
    ? (rollingUpdate.partition ?? 0)
    : type === 'RollingUpdate'
      ? (set.status?.currentReplicas ?? 0)
      : 0;
  return ordinal < firstOrdinal(set) + kept;
}

function missingClaims({ set, claim }: Observed, ordinal: number): readonly Action[] {
  return draftClaims(set, ordinal)
    .filter(({ metadata }) => !claim(metadata.name))
    .map((draft) => ({ kind: 'createClaim', draft, podName: podNameOf(set, ordinal) }));
}

function retain({ set, claim }: Observed, ordinal: number, pod: Pod): readonly Action[] {
  return [...claimNamesOf(set, ordinal).values()].flatMap((name): readonly Action[] => {
    const known = claim(name);
    const next = known && withRetention(set, ordinal, pod, known);
    return next ? [{ kind: 'updateClaim', claim: next }] : [];
  });
}

/** Pods that should not be there, the last one first. */
function condemnedOf({ set, pods }: Observed): readonly Pod[] {
  const ordinal = ({ metadata }: Pod) => ordinalOf(set, metadata.name) ?? -1;
  return pods
    .filter((pod) => ordinal(pod) >= 0 && !isWanted(set, ordinal(pod)))
    .sort((a, b) => ordinal(b) - ordinal(a));
}

/** Takes a pod away, and before that sees to what becomes of its claims. */
function condemnStep(observed: Observed, pod: Pod, ordered: boolean): Step {
  const fixed = retain(observed, ordinalOf(observed.set, pod.metadata.name)!, pod);
  if (isLeaving(pod)) return { actions: fixed, blocks: ordered };
  const mayGo = !ordered || isAvailableNow(observed, pod) || pod === firstUnavailable(observed);
  if (!mayGo) return { actions: fixed, blocks: true };
  return { actions: [...fixed, { kind: 'removePod', pod }], blocks: true };
}

/** The pod that everything waits for: if it is to go, waiting for it would be in vain. */
function firstUnavailable(observed: Observed): Pod | undefined {
  return [...observed.pods]
    .sort((a, b) => order(observed, a) - order(observed, b))
    .find((pod) => isUnavailable(observed, pod));
}

function order({ set }: Observed, { metadata }: Pod): number {
  const ordinal = ordinalOf(set, metadata.name) ?? -1;
  return isWanted(set, ordinal) ? ordinal : ordinal + 2 ** 31;
}

function planUpdate(observed: Observed): readonly Action[] {
  const { set, update } = observed;
  const { type = 'RollingUpdate', rollingUpdate = {} } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  const { partition = 0, maxUnavailable } = rollingUpdate;
  const places = Array.from({ length: Math.max(0, replicasOf(set) - partition) }, (_, i) =>
    podAt(observed, firstOrdinal(set) + replicasOf(set) - 1 - i),
  );
  const isOld = (pod: Pod | undefined): pod is Pod =>
    pod !== undefined && revisionOf(pod) !== update.name && !isLeaving(pod);
  if (maxUnavailable === undefined) {
    for (const pod of places) {
      if (isOld(pod)) return [{ kind: 'removePod', pod }];
      if (isUnavailable(observed, pod)) return [];
    }
    return [];
  }
  const all = Array.from({ length: replicasOf(set) }, (_, i) =>
    podAt(observed, firstOrdinal(set) + i),
  );
  const unavailable = all.filter((pod) => isUnavailable(observed, pod)).length;
  const most = Math.max(1, scaledValue(maxUnavailable, replicasOf(set), 'up'));
  return places
    .filter(isOld)
    .slice(0, Math.max(0, most - unavailable))
    .map((pod) => ({ kind: 'removePod', pod }));
}

/**
 * The status that the pods give once `actions` are done; an update is over when all pods are there, ready, and of the new
 * revision. A pod that the update takes away must not count any longer: by that number the next one is made of the new revision.
 */
export function planStatus(observed: Observed, actions: readonly Action[]): StatefulSetStatus {
  const { set, pods, current, update } = observed;
  const present = pods.filter(({ metadata }) => ordinalOf(set, metadata.name) !== undefined);
  const removed = new Set(
    actions.flatMap((action) => (action.kind === 'removePod' ? [action.pod] : [])),
  );
  const staying = present.filter((pod) => !isLeaving(pod) && !removed.has(pod));
  const ofRevision = (name: string) => staying.filter((pod) => revisionOf(pod) === name).length;
  const readyReplicas = present.filter(isRunningAndReady).length;
  const updatedReplicas = ofRevision(update.name);
  const replicas = replicasOf(set);
  const isOver =
    (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate' &&
    [updatedReplicas, readyReplicas, present.length].every((count) => count === replicas);
  return {
    replicas: present.length,
    availableReplicas: present.filter((pod) => isAvailableNow(observed, pod)).length,
    currentRevision: isOver ? update.name : current.name,
    updateRevision: update.name,
    collisionCount: set.status?.collisionCount ?? 0,
    ...nonZero({
      readyReplicas,
      currentReplicas: isOver ? updatedReplicas : ofRevision(current.name),
      updatedReplicas,
      observedGeneration: set.metadata.generation,
    }),
    ...(set.status?.conditions && { conditions: set.status.conditions }),
  };
}

/** When the next pod will have been ready for long enough, in ms from now. */
export function nextAvailability({ set, pods, now }: Observed): number | undefined {
  const minReadyMs = (set.spec.minReadySeconds ?? 0) * 1000;
  const waits = pods.flatMap((pod) => {
    const since = readySince(pod);
    return since !== undefined && since + minReadyMs > now ? [since + minReadyMs - now] : [];
  });
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
