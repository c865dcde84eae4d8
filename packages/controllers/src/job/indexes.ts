import type { Job, Pod } from '@berth/api';
import { isActive } from '../pods.ts';
import { judgeFailure } from './failure-policy.ts';
import { parseIndexes } from './index-set.ts';
import {
  failuresBefore,
  finishedAt,
  hasFailed,
  hasSucceeded,
  indexOf,
  isTracked,
  limitsPerIndex,
} from './job-pods.ts';

/** Where the indexes of an indexed job stand. */
export interface Indexes {
  readonly succeeded: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
  /**
   * The last failed pod of each index that is to be tried again, with limits per index: it stays until its successor is
   * there, because it alone knows how often the index failed.
   */
  readonly toReplace: ReadonlyMap<number, Pod>;
}

export function indexesOf(job: Job, pods: readonly Pod[]): Indexes {
  const completions = job.spec.completions ?? 0;
  const tracked = pods.filter(isTracked);
  const those = (which: (pod: Pod) => boolean) =>
    tracked.filter(which).flatMap((pod) => indexOf(job, pod) ?? []);
  const succeeded = new Set([
    ...parseIndexes(job.status?.completedIndexes ?? '', completions),
    ...those(hasSucceeded),
  ]);
  if (!limitsPerIndex(job)) return { succeeded, failed: new Set(), toReplace: new Map() };
  const failed = new Set(
    [
      ...parseIndexes(job.status?.failedIndexes ?? '', completions),
      ...those((pod) => hasFailed(job, pod) && exhaustsIndex(job, pod)),
    ].filter((index) => !succeeded.has(index)),
  );
  return { succeeded, failed, toReplace: lastFailures(job, pods, succeeded, failed) };
}

function exhaustsIndex(job: Job, pod: Pod): boolean {
  const { action, isCounted } = judgeFailure(job, pod);
  if (action === 'FailIndex') return true;
  return isCounted && failuresBefore(pod).counted >= (job.spec.backoffLimitPerIndex ?? 0);
}

function lastFailures(
  job: Job,
  pods: readonly Pod[],
  succeeded: ReadonlySet<number>,
  failed: ReadonlySet<number>,
): ReadonlyMap<number, Pod> {
  const busy = new Set(pods.filter(isActive).flatMap((pod) => indexOf(job, pod) ?? []));
  const last = new Map<number, Pod>();
  for (const pod of pods.filter((each) => isTracked(each) && hasFailed(job, each))) {
    const index = indexOf(job, pod);
    if (index === undefined || busy.has(index) || succeeded.has(index) || failed.has(index)) {
      continue;
    }
    const known = last.get(index);
    if (!known || isLater(pod, known)) last.set(index, pod);
  }
  return last;
}

function isLater(pod: Pod, known: Pod): boolean {
  const more = totalBefore(pod) - totalBefore(known);
  return more === 0 ? finishedAt(pod) > finishedAt(known) : more > 0;
}

const totalBefore = (pod: Pod) => {
  const { counted, ignored } = failuresBefore(pod);
  return counted + ignored;
};
