import type { KubeObject, ObjectMeta } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { withMeta } from './object-meta.ts';
import type { Strategy } from './strategy.ts';

export type Propagation = 'Orphan' | 'Background' | 'Foreground';

export interface DeleteRequest {
  readonly graceSeconds?: number;
  /** What becomes of the objects that this one owns; absent leaves it to the finalizers that are there. */
  readonly propagation?: Propagation;
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun: boolean;
  /** All of it as `DeleteOptions`, for whoever is asked about it. */
  readonly options?: object;
}

export type DeletePlan =
  /** Takes the key away. */
  | { readonly kind: 'remove' }
  /** Writes the object with its deletion begun; something else removes it later. */
  | { readonly kind: 'mark'; readonly object: KubeObject }
  /** Its deletion is under way and stays as it is. */
  | { readonly kind: 'keep' };

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** What a DELETE does to an object. */
export function planDelete(
  strategy: Strategy,
  object: KubeObject,
  { graceSeconds, propagation: asked }: Pick<DeleteRequest, 'graceSeconds' | 'propagation'>,
  now: number,
): DeletePlan {
  const propagation = strategy.ownsNothing
    ? undefined
    : (asked ?? usualPropagation(strategy, object));
  const grace = planGrace(strategy, object, graceSeconds, now);
  if (grace.kind === 'pending') return { kind: 'keep' };
  const finalizers = finalizersFor(object.metadata.finalizers ?? [], propagation);
  const held = finalizers.length > 0 || (strategy.holdsDeletion?.(object) ?? false);
  if (grace.kind === 'none' && !held) return { kind: 'remove' };
  const marked = grace.kind === 'graceful' ? grace.object : markNow(strategy, object, now);
  const begun = object.metadata.deletionTimestamp
    ? marked
    : (strategy.beginDeletion?.(marked) ?? marked);
  const kept = finalizersFor(begun.metadata.finalizers ?? [], propagation);
  const result = withMeta(begun, withFinalizers(begun.metadata, kept));
  return grace.kind === 'graceful' && grace.seconds === 0 && !held
    ? { kind: 'remove' }
    : { kind: 'mark', object: result };
}

/** What a kind does when nobody says anything, unless finalizers already do. */
function usualPropagation(
  { orphansByDefault }: Strategy,
  { metadata: { finalizers = [] } }: KubeObject,
): Propagation | undefined {
  const isSaid = finalizers.includes(orphan) || finalizers.includes(foreground);
  return orphansByDefault && !isSaid ? 'Orphan' : undefined;
}

type Grace =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'graceful'; readonly seconds: number; readonly object: KubeObject };

function planGrace(
  strategy: Strategy,
  object: KubeObject,
  asked: number | undefined,
  now: number,
): Grace {
  if (!strategy.deletionGrace) return { kind: 'none' };
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp) {
    if (deletionGracePeriodSeconds === undefined) return { kind: 'none' };
    return shorten(object, Date.parse(deletionTimestamp), deletionGracePeriodSeconds, asked);
  }
  const grace = strategy.deletionGrace(object, asked);
  if (grace === undefined) return { kind: 'none' };
  const seconds = Math.min(grace, longestGraceSeconds);
  const bumped = raised(object);
  return { kind: 'graceful', seconds, object: withDeadline(bumped, now + seconds * 1000, seconds) };
}

/** What a duration of Go can hold, 292 years: the end of more could not be written as a time. */
const longestGraceSeconds = 9_223_372_036;

/** A deletion under way can only be made to end sooner. */
function shorten(
  object: KubeObject,
  deadline: number,
  present: number,
  asked: number | undefined,
): Grace {
  if (asked === undefined || asked >= present) return { kind: 'pending' };
  const seconds = Math.max(0, asked);
  const sooner = deadline - (present - seconds) * 1000;
  return { kind: 'graceful', seconds, object: withDeadline(object, sooner, seconds) };
}

const withDeadline = (object: KubeObject, deadline: number, seconds: number) =>
  withMeta(object, {
    ...object.metadata,
    deletionTimestamp: formatTime(deadline),
    deletionGracePeriodSeconds: seconds,
  });

/** Deletion begins and nothing but finalizers is waited for. Namespaces, which wait for more, know no grace period. */
function markNow({ holdsDeletion }: Strategy, object: KubeObject, now: number): KubeObject {
  if (object.metadata.deletionTimestamp) return object;
  const marked = raised(object);
  return holdsDeletion
    ? withMeta(marked, { ...marked.metadata, deletionTimestamp: formatTime(now) })
    : withDeadline(marked, now, 0);
}

/** The beginning of a deletion counts as a change of what is wanted. */
const raised = (object: KubeObject) =>
  object.metadata.generation
    ? withMeta(object, { ...object.metadata, generation: object.metadata.generation + 1 })
    : object;

function finalizersFor(
  present: readonly string[],
  propagation: Propagation | undefined,
): readonly string[] {
  if (propagation === undefined) return present;
  const others = present.filter((name) => name !== orphan && name !== foreground);
  if (propagation === 'Orphan') return [...others, orphan];
  return propagation === 'Foreground' ? [...others, foreground] : others;
}

function withFinalizers(metadata: ObjectMeta, finalizers: readonly string[]): ObjectMeta {
  const { finalizers: _finalizers, ...rest } = metadata;
  return finalizers.length > 0 ? { ...rest, finalizers } : rest;
}

/** Whether nothing keeps a deleted object any longer, so that the write that says so removes it. */
export const isReadyToGo = (strategy: Strategy, object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers ?? []).length === 0 &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  !(strategy.holdsDeletion?.(object) ?? false);
