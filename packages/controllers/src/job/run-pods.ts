import type { Job, Pod } from '@berth/api';
import { rankForDeletion } from '../replicaset/rank-for-deletion.ts';
import { isActive } from '../pods.ts';
import { backoffLeft } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import { judgeFailure } from './failure-policy.ts';
import type { Indexes } from './indexes.ts';
import {
  failuresBefore,
  finishedAt,
  indexOf,
  isIndexed,
  isSuspended,
  isTerminating,
  limitsPerIndex,
  replacesOnlyFailed,
} from './job-pods.ts';

/** A pod to be made. */
export interface NewPod {
  readonly index?: number;
  /** With limits per index: how often the index failed before. */
  readonly failures?: { readonly counted: number; readonly ignored: number };
}

export interface PodChanges {
  readonly create: readonly NewPod[];
  readonly remove: readonly Pod[];
  /** When a pod may be made that is put off now, in ms from now. */
  readonly retryAfterMs?: number | undefined;
}

/** Most pods one pass may create or delete. */
export const burst = 500;

export interface Wanted {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly indexes: Indexes;
  readonly succeeded: number;
  readonly backoff: Backoff;
  readonly now: number;
}

/** Which pods of a job that goes on are to be made or to go; never both in one pass. */
export function planPods(wanted: Wanted): PodChanges {
  const { job, pods, now } = wanted;
  const active = rankForDeletion(pods.filter(isActive), new Map(), now);
  if (isSuspended(job)) return { create: [], remove: active.slice(0, burst) };
  const count = wantedActive(job, wanted.succeeded, active.length);
  const remove = toRemove(job, active, active.length - count);
  if (remove.length > 0) return { create: [], remove: remove.slice(0, burst) };
  const terminating = replacesOnlyFailed(job) ? pods.filter(isTerminating).length : 0;
  const missing = Math.min(count - terminating - active.length, burst);
  if (missing <= 0) return { create: [], remove: [] };
  if (limitsPerIndex(job)) return retryIndexes(wanted, missing);
  const retryAfterMs = backoffLeft(wanted.backoff, now);
  if (retryAfterMs > 0) return { create: [], remove: [], retryAfterMs };
  const create = isIndexed(job)
    ? freeIndexes(wanted, missing).map((index) => ({ index }))
    : Array.from({ length: missing }, () => ({}));
  return { create, remove: [] };
}

/** Without a number of completions, a job works until the first success, and then lets the others finish. */
function wantedActive(
  { spec: { parallelism = 1, completions } }: Job,
  succeeded: number,
  active: number,
): number {
  if (completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

/** Pods without an index of their own first, then as many others as there are too many. */
function toRemove(job: Job, active: readonly Pod[], surplus: number): readonly Pod[] {
  const misplaced = isIndexed(job) ? withoutPlace(job, active) : new Set<Pod>();
  const others = active.filter((pod) => !misplaced.has(pod));
  return [...misplaced, ...others.slice(0, Math.max(0, surplus - misplaced.size))];
}

/** Of several pods with one index, the one that would be missed most keeps it. */
function withoutPlace(job: Job, ranked: readonly Pod[]): ReadonlySet<Pod> {
  const placed = new Map<number, Pod>();
  for (const pod of ranked) {
    const index = indexOf(job, pod);
    if (index !== undefined) placed.set(index, pod);
  }
  const kept = new Set(placed.values());
  return new Set(ranked.filter((pod) => !kept.has(pod)));
}

/** The lowest indexes that nobody works at and that are not done. */
function freeIndexes({ job, pods, indexes }: Wanted, count: number): readonly number[] {
  const waits = replacesOnlyFailed(job);
  const busy = new Set(
    pods
      .filter((pod) => isActive(pod) || (waits && isTerminating(pod)))
      .map((pod) => indexOf(job, pod)),
  );
  const free: number[] = [];
  for (let i = 0; i < (job.spec.completions ?? 0) && free.length < count; i += 1) {
    if (!busy.has(i) && !indexes.succeeded.has(i) && !indexes.failed.has(i)) free.push(i);
  }
  return free;
}

/** Each index waits by itself, for as long as its own failures make it. */
function retryIndexes(wanted: Wanted, count: number): PodChanges {
  const create: NewPod[] = [];
  const waits: number[] = [];
  for (const index of freeIndexes(wanted, count)) {
    const last = wanted.indexes.toReplace.get(index);
    const failures = last ? failuresWith(wanted.job, last) : { counted: 0, ignored: 0 };
    const record = {
      failures: failures.counted + failures.ignored,
      lastFailureAt: last ? finishedAt(last) : 0,
    };
    const wait = backoffLeft(record, wanted.now);
    if (wait > 0) waits.push(wait);
    else create.push({ index, failures });
  }
  return {
    create,
    remove: [],
    ...(waits.length > 0 && { retryAfterMs: Math.min(...waits) }),
  };
}

function failuresWith(job: Job, last: Pod) {
  const { counted, ignored } = failuresBefore(last);
  return judgeFailure(job, last).isCounted
    ? { counted: counted + 1, ignored }
    : { counted, ignored: ignored + 1 };
}
