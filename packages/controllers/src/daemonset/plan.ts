import { scaledValue } from '@berth/api';
import type { DaemonSet, DaemonSetStatus, Node, Pod } from '@berth/api';
import { nonZero } from '../non-zero.ts';
import { revisionHashLabel } from '../history/plan.ts';
import { isAvailable, isReady, readySince } from '../pods.ts';
import { targetNodeOf } from './draft-pod.ts';
import { eligibilityOf } from './eligible.ts';
import type { Eligibility } from './eligible.ts';

export interface Observed {
  readonly set: DaemonSet;
  /** Pods that the set owns. */
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** The hash of the present template. */
  readonly hash: string;
  /** How long a node must be left alone after pods failed there, in ms; 0 when it need not. */
  readonly backoffOf: (nodeName: string) => number;
  readonly now: number;
}

export interface DaemonPlan {
  /** Names of nodes that get a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  /** Of `remove`, those that came to an end by themselves, with their nodes. */
  readonly ended: readonly { readonly pod: Pod; readonly nodeName: string }[];
  readonly status: DaemonSetStatus;
  readonly lookAfterMs: number | undefined;
}

/** Most pods one pass may create or delete. */
const burst = 250;

/** What is there on one node, and what is to be. */
interface Place extends Eligibility {
  readonly nodeName: string;
  /** Oldest first, those on their way out too. */
  readonly pods: readonly Pod[];
}

/** One pod on each node that should have one; an update replaces them at the pace that its strategy allows. */
export function planDaemonSet(observed: Observed): DaemonPlan {
  const { set } = observed;
  const places = placesOf(observed);
  const status = planStatus(observed, places);
  const nothing = { create: [], remove: [], ended: [], status, lookAfterMs: undefined };
  if (set.metadata.deletionTimestamp) return nothing;
  const kept = places.map((place) => keep(observed, place));
  const isSteady = kept.every(({ create, remove }) => !create && remove.length === 0);
  const update = isSteady ? planUpdate(observed, places) : { create: [], remove: [] };
  const waits = [...kept.flatMap(({ waitMs }) => waitMs ?? []), ...availabilityWaits(observed)];
  return {
    create: [...kept.flatMap(({ create }) => create ?? []), ...update.create].slice(0, burst),
    remove: [
      ...kept.flatMap(({ remove }) => remove),
      ...misplaced(observed),
      ...update.remove,
    ].slice(0, burst),
    ended: kept.flatMap(({ ended }) => ended),
    status,
    lookAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
  };
}

function placesOf({ set, pods, nodes }: Observed): readonly Place[] {
  const byNode = new Map<string, Pod[]>();
  for (const pod of [...pods].sort(byAge)) {
    const nodeName = targetNodeOf(pod) ?? '';
    byNode.set(nodeName, [...(byNode.get(nodeName) ?? []), pod]);
  }
  return nodes.map((node) => ({
    nodeName: node.metadata.name,
    pods: byNode.get(node.metadata.name) ?? [],
    ...eligibilityOf(set, node),
  }));
}

const byAge = (a: Pod, b: Pod) =>
  Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) ||
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

/** Pods that wait for a node that does not exist. */
function misplaced({ pods, nodes }: Observed): readonly Pod[] {
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  return pods.filter(
    (pod) => !pod.spec.nodeName && isStaying(pod) && !names.has(targetNodeOf(pod) ?? ''),
  );
}

interface Keeping {
  readonly create?: string;
  readonly remove: readonly Pod[];
  readonly ended: DaemonPlan['ended'];
  readonly waitMs?: number;
}

const isStaying = ({ metadata }: Pod) => metadata.deletionTimestamp === undefined;
const hasEnded = ({ status }: Pod) => status?.phase === 'Failed' || status?.phase === 'Succeeded';
const isNew = ({ metadata }: Pod, hash: string) => metadata.labels?.[revisionHashLabel] === hash;

const isAvailableNow = ({ set, now }: Observed, pod: Pod) =>
  isAvailable(pod, set.spec.minReadySeconds ?? 0, now);

/** Sees to one node, whatever the update does. */
function keep(observed: Observed, { nodeName, pods, shouldRun, mayStay }: Place): Keeping {
  const staying = pods.filter(isStaying);
  if (!mayStay) return { remove: staying, ended: [] };
  if (pods.length === 0) return { ...(shouldRun && { create: nodeName }), remove: [], ended: [] };
  const over = staying.filter(hasEnded);
  const waitMs = over.length > 0 ? observed.backoffOf(nodeName) : 0;
  const ended = waitMs > 0 ? [] : over;
  const running = staying.filter((pod) => !hasEnded(pod));
  return {
    remove: [...ended, ...superfluous(observed, running)],
    ended: ended.map((pod) => ({ pod, nodeName })),
    ...(waitMs > 0 && { waitMs }),
  };
}

/** All but the oldest, or with surge all but the oldest of each side of the update while that is under way. */
function superfluous(observed: Observed, running: readonly Pod[]): readonly Pod[] {
  if (bounds(observed, 1).maxSurge === 0) return running.slice(1);
  if (running.length <= 1) return [];
  const { hash } = observed;
  const fresh = running.find((pod) => isNew(pod, hash));
  const old = running.find((pod) => !isNew(pod, hash));
  const others = running.filter((pod) => pod !== fresh && pod !== old);
  const isReplaced = fresh && old && (!isReady(old) || isAvailableNow(observed, fresh));
  return isReplaced ? [...others, old] : others;
}

interface Bounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

function bounds({ set }: Observed, desired: number): Bounds {
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, desired, 'up');
  const unavailable = scaledValue(maxUnavailable, desired, 'up');
  return {
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable,
  };
}

function planUpdate(observed: Observed, places: readonly Place[]) {
  const { set, hash } = observed;
  const nothing = { create: [], remove: [] };
  if (set.spec.updateStrategy?.type === 'OnDelete') return nothing;
  const wanted = places.filter(({ shouldRun }) => shouldRun);
  const { maxSurge, maxUnavailable } = bounds(observed, wanted.length);
  const sides = wanted.map(({ nodeName, pods }) => {
    const running = pods.filter((pod) => isStaying(pod) && !hasEnded(pod));
    return {
      nodeName,
      fresh: running.find((pod) => isNew(pod, hash)),
      old: running.find((pod) => !isNew(pod, hash)),
    };
  });
  return maxSurge > 0 ? surge(observed, sides, maxSurge) : replace(observed, sides, maxUnavailable);
}

interface Side {
  readonly nodeName: string;
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
}

/** Old pods go first, those that are of no use at once, others as long as few enough are missing. */
function replace(observed: Observed, sides: readonly Side[], most: number) {
  const olds = sides.flatMap(({ fresh, old }) => (old && !fresh ? [old] : []));
  const useless = olds.filter((pod) => !isAvailableNow(observed, pod));
  const useful = olds.filter((pod) => isAvailableNow(observed, pod));
  const missing = sides.filter(
    ({ fresh, old }) =>
      !(fresh ? !old && isAvailableNow(observed, fresh) : old && useful.includes(old)),
  ).length;
  return { create: [], remove: [...useless, ...useful.slice(0, Math.max(0, most - missing))] };
}

/** New pods come first, beside the old ones. */
function surge(observed: Observed, sides: readonly Side[], most: number) {
  const waiting = sides.filter(({ fresh, old }) => old && !fresh);
  const useless = waiting.filter(({ old }) => old && !isAvailableNow(observed, old));
  const useful = waiting.filter(({ old }) => old && isAvailableNow(observed, old));
  const underWay = sides.filter(
    ({ fresh, old }) => fresh && old && !isAvailableNow(observed, fresh),
  ).length;
  const next = useful.slice(0, Math.max(0, most - underWay));
  return { create: [...useless, ...next].map(({ nodeName }) => nodeName), remove: [] };
}

function planStatus(observed: Observed, places: readonly Place[]): DaemonSetStatus {
  const { set, hash } = observed;
  const wanted = places.filter(({ shouldRun }) => shouldRun);
  const firsts = wanted.flatMap(({ pods }) => pods[0] ?? []);
  const desired = wanted.length;
  const available = firsts.filter((pod) => isAvailableNow(observed, pod)).length;
  return {
    currentNumberScheduled: firsts.length,
    desiredNumberScheduled: desired,
    numberMisscheduled: places.filter(({ shouldRun, pods }) => !shouldRun && pods.length > 0)
      .length,
    numberReady: firsts.filter(isReady).length,
    ...nonZero({
      numberAvailable: available,
      numberUnavailable: desired - available,
      updatedNumberScheduled: firsts.filter((pod) => isNew(pod, hash)).length,
      observedGeneration: set.metadata.generation,
      collisionCount: set.status?.collisionCount,
    }),
    ...(set.status?.conditions && { conditions: set.status.conditions }),
  };
}

function availabilityWaits({ set, pods, now }: Observed): readonly number[] {
  const minReadyMs = (set.spec.minReadySeconds ?? 0) * 1000;
  return pods.flatMap((pod) => {
    const since = readySince(pod);
    return since !== undefined && since + minReadyMs > now ? [since + minReadyMs - now] : [];
  });
}
