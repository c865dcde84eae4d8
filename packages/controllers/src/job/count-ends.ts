import type { Job, JobStatus, Pod } from '@berth/api';
import type { End } from './how-it-ends.ts';
import { judgeFailure } from './failure-policy.ts';
import { formatIndexes, parseIndexes } from './index-set.ts';
import type { Indexes } from './indexes.ts';
import {
  counts,
  hasFailed,
  hasSucceeded,
  indexOf,
  isIndexed,
  isTracked,
  limitsPerIndex,
} from './job-pods.ts';

/** Most ends that a status tells of by name at a time. */
const mostUncounted = 500;

export interface Counted {
  readonly status: Pick<
    JobStatus,
    'succeeded' | 'failed' | 'completedIndexes' | 'failedIndexes' | 'uncountedTerminatedPods'
  >;
  /** Pods that may go once the status is written: it tells of their ends. */
  readonly release: readonly Pod[];
  /** Whose ends the status tells of now for the first time. */
  readonly newlySucceeded: readonly Pod[];
  readonly newlyFailed: readonly Pod[];
}

/** The ends that the status does not tell of in any form. */
export function newEnds(job: Job, pods: readonly Pod[]) {
  const { succeeded = [], failed = [] } = job.status?.uncountedTerminatedPods ?? {};
  const known = new Set([...succeeded, ...failed]);
  const done = parseIndexes(job.status?.completedIndexes ?? '', job.spec.completions ?? 0);
  const fresh = pods.filter(
    (pod) => isTracked(pod) && counts(job, pod) && !known.has(pod.metadata.uid),
  );
  return {
    succeeded: fresh.filter((pod) => hasSucceeded(pod) && !done.has(indexOf(job, pod) ?? -1)),
    failed: fresh.filter((pod) => hasFailed(job, pod)),
  };
}

/**
 * Counts ends in two steps, so that none is lost or counted twice whenever this is cut short: first the status names the pod,
 * then the pod loses its finalizer, and once it has, the name becomes a number.
 */
export function countEnds(
  job: Job,
  pods: readonly Pod[],
  indexes: Indexes,
  end: End | undefined,
): Counted {
  const before = job.status ?? {};
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  const split = (uids: readonly string[] = []) => ({
    waiting: uids.filter((uid) => tracked.has(uid)),
    through: uids.filter((uid) => !tracked.has(uid)).length,
  });
  const succeeded = split(before.uncountedTerminatedPods?.succeeded);
  const failed = split(before.uncountedTerminatedPods?.failed);
  const known = new Set([...succeeded.waiting, ...failed.waiting]);
  const done = new Set(parseIndexes(before.completedIndexes ?? '', job.spec.completions ?? 0));
  const release: Pod[] = [];
  const newlySucceeded: Pod[] = [];
  const newlyFailed: Pod[] = [];
  for (const pod of byIndex(job, pods.filter(isTracked))) {
    if (known.size + newlySucceeded.length + newlyFailed.length >= mostUncounted) break;
    const isOver = end !== undefined || job.metadata.deletionTimestamp !== undefined;
    if (!mayGo(job, pod, indexes, isOver)) continue;
    release.push(pod);
    if (known.has(pod.metadata.uid) || !counts(job, pod)) continue;
    if (hasSucceeded(pod)) {
      const index = indexOf(job, pod);
      if (index === undefined || !done.has(index)) newlySucceeded.push(pod);
      if (index !== undefined) done.add(index);
    } else if (hasFailed(job, pod) || end?.type === 'FailureTarget') {
      if (judgeFailure(job, pod).isCounted) newlyFailed.push(pod);
    }
  }
  const uids = (ended: readonly Pod[]) => ended.map(({ metadata }) => metadata.uid);
  const uncounted = {
    succeeded: [...succeeded.waiting, ...(isIndexed(job) ? [] : uids(newlySucceeded))],
    failed: [...failed.waiting, ...uids(newlyFailed)],
  };
  const failedIndexes = formatIndexes(indexes.failed);
  return {
    status: {
      succeeded: isIndexed(job) ? done.size : (before.succeeded ?? 0) + succeeded.through,
      failed: (before.failed ?? 0) + failed.through,
      uncountedTerminatedPods: {
        ...(uncounted.succeeded.length > 0 && { succeeded: uncounted.succeeded }),
        ...(uncounted.failed.length > 0 && { failed: uncounted.failed }),
      },
      ...(isIndexed(job) && done.size > 0 && { completedIndexes: formatIndexes(done) }),
      ...(limitsPerIndex(job) && { failedIndexes }),
    },
    release,
    newlySucceeded,
    newlyFailed,
  };
}

/** A pod that ended may go, and when the job is over every pod may; one that tells how often its index failed must wait. */
function mayGo(job: Job, pod: Pod, { toReplace }: Indexes, isOver: boolean): boolean {
  if (isOver || hasSucceeded(pod)) return true;
  if (!hasFailed(job, pod)) return false;
  const index = indexOf(job, pod);
  return index === undefined || toReplace.get(index) !== pod;
}

const byIndex = (job: Job, pods: readonly Pod[]): readonly Pod[] =>
  isIndexed(job)
    ? [...pods].sort((a, b) => (indexOf(job, a) ?? -1) - (indexOf(job, b) ?? -1))
    : pods;
