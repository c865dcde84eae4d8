import { findCondition } from '@berth/api';
import type { Job, JobCondition, Pod } from '@berth/api';
import { judgeFailure } from './failure-policy.ts';
import { parseIndexes } from './index-set.ts';
import type { Indexes } from './indexes.ts';
import { hasFailed, isIndexed, isSuspended, limitsPerIndex } from './job-pods.ts';

/** That a job is to end, and why. Its pods have to go before it has. */
export interface End {
  readonly type: 'FailureTarget' | 'SuccessCriteriaMet';
  readonly reason: string;
  readonly message: string;
}

export interface Standing {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly indexes: Indexes;
  /** Ends that count, whether or not the status tells of them yet. */
  readonly succeeded: number;
  readonly failed: number;
  readonly now: number;
}

const failure = (reason: string, message: string): End => ({
  type: 'FailureTarget',
  reason,
  message,
});

/** What ends a job before all its work is done, or what was said before; undefined when it goes on. */
export function endOf(standing: Standing): End | undefined {
  const { job, failed, now } = standing;
  const known = saidBefore(job);
  if (known) return known;
  const { backoffLimit = 6 } = job.spec;
  const forbidden = policyFailure(standing);
  if (forbidden !== undefined) return failure('PodFailurePolicy', forbidden);
  if (failed > backoffLimit || restartsPast(standing, backoffLimit)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  if (deadlineLeft(job, now) === 0) {
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  return isIndexed(job) ? (failedIndexes(standing) ?? successPolicy(standing)) : undefined;
}

function saidBefore({ status }: Job): End | undefined {
  const said = (type: End['type']) => {
    const condition: JobCondition | undefined = findCondition(status?.conditions, type);
    return condition?.status === 'True'
      ? { type, reason: condition.reason ?? '', message: condition.message ?? '' }
      : undefined;
  };
  return said('FailureTarget') ?? said('SuccessCriteriaMet');
}

/** How long the job may still take, in ms; undefined when it has no deadline or does not run. */
export function deadlineLeft(job: Job, now: number): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  const { startTime } = job.status ?? {};
  if (activeDeadlineSeconds === undefined || isSuspended(job) || !startTime) return undefined;
  return Math.max(0, Date.parse(startTime) + activeDeadlineSeconds * 1000 - now);
}

function policyFailure({ job, pods }: Standing): string | undefined {
  if (!job.spec.podFailurePolicy) return undefined;
  return pods
    .filter((pod) => hasFailed(job, pod))
    .map((pod) => judgeFailure(job, pod).message)
    .find((message) => message !== undefined);
}

/** Where containers are started again in place, each start counts as a failure. */
function restartsPast({ job, pods }: Standing, limit: number): boolean {
  if (job.spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function failedIndexes({ job, indexes }: Standing): End | undefined {
  if (!limitsPerIndex(job)) return undefined;
  const { maxFailedIndexes, completions = 0 } = job.spec;
  const { failed, succeeded } = indexes;
  if (maxFailedIndexes !== undefined && failed.size > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return failure('MaxFailedIndexesExceeded', message);
  }
  return failed.size > 0 && failed.size + succeeded.size >= completions
    ? failure('FailedIndexes', 'Job has failed indexes')
    : undefined;
}

function successPolicy({ job, indexes }: Standing): End | undefined {
  const { completions = 0, successPolicy: policy } = job.spec;
  const rule = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const wanted =
      succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, completions);
    const done = wanted
      ? [...wanted].filter((index) => indexes.succeeded.has(index)).length
      : indexes.succeeded.size;
    return done >= (succeededCount ?? wanted?.size ?? completions);
  });
  if (rule < 0) return undefined;
  const message = `Matched rules at index ${rule}`;
  return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}

/** The end of a job whose work is done. */
export const completed: End = {
  type: 'SuccessCriteriaMet',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
};
