import { findCondition, setCondition } from '@berth/api';
import type { Job, JobCondition, JobStatus, Pod } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { nonZero } from '../non-zero.ts';
import { isActive, isReady } from '../pods.ts';
import { nextBackoff } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import { countEnds, newEnds } from './count-ends.ts';
import type { Counted } from './count-ends.ts';
import { judgeFailure } from './failure-policy.ts';
import { completed, deadlineLeft, endOf } from './how-it-ends.ts';
import type { End } from './how-it-ends.ts';
import { indexesOf } from './indexes.ts';
import type { Indexes } from './indexes.ts';
import { isIndexed, isSuspended, isTerminating, isTracked } from './job-pods.ts';
import { burst, planPods } from './run-pods.ts';
import type { PodChanges } from './run-pods.ts';

export interface Observed {
  readonly job: Job;
  /** Pods of the job, those that ended and those on their way out too. */
  readonly pods: readonly Pod[];
  readonly backoff: Backoff;
  readonly now: number;
}

/** What is to happen to the pods of a job, and how the job stands. */
export interface JobPlan {
  readonly changes: PodChanges;
  readonly end: End | undefined;
  readonly indexes: Indexes;
  readonly backoff: Backoff;
  /** Look again after this long, in ms. */
  readonly lookAfterMs: number | undefined;
}

/** The condition that says that a job is over, if one does. */
export const finishedCondition = ({ status }: Job): JobCondition | undefined =>
  status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );

/** Decides whether the job goes on, and which pods are made or go. */
export function planJob(observed: Observed): JobPlan {
  const { job, pods, now } = observed;
  const indexes = indexesOf(job, pods);
  const ends = newEnds(job, pods);
  const backoff = nextBackoff(observed.backoff, ends.succeeded, ends.failed);
  const uncounted = job.status?.uncountedTerminatedPods ?? {};
  const succeeded = isIndexed(job)
    ? indexes.succeeded.size
    : (job.status?.succeeded ?? 0) + ends.succeeded.length + (uncounted.succeeded?.length ?? 0);
  const failed =
    (job.status?.failed ?? 0) +
    ends.failed.filter((pod) => judgeFailure(job, pod).isCounted).length +
    (uncounted.failed?.length ?? 0);
  const standing = { job, pods, indexes, succeeded, failed, now };
  const active = pods.filter(isActive);
  const end = endOf(standing) ?? (isDone(job, succeeded, active.length) ? completed : undefined);
  return {
    changes: end
      ? { create: [], remove: active.slice(0, burst) }
      : !job.metadata.deletionTimestamp
        ? planPods({ ...standing, backoff })
        : { create: [], remove: [] },
    end,
    indexes,
    backoff,
    lookAfterMs: end ? undefined : deadlineLeft(job, now),
  };
}

const isDone = ({ spec: { completions } }: Job, succeeded: number, active: number) =>
  active === 0 && (completions === undefined ? succeeded > 0 : succeeded >= completions);

export interface StatusPlan extends Pick<Counted, 'release'> {
  readonly status: JobStatus;
  /** What happened to the job as a whole, to be told. */
  readonly told: readonly JobCondition[];
}

/** The status that follows from a plan, once `created` and `removed` pods are on their way. */
export function planJobStatus(
  { job, pods, now }: Observed,
  { end, indexes }: JobPlan,
  { created, removed }: { readonly created: number; readonly removed: number },
): StatusPlan {
  const { status: counted, release } = countEnds(job, pods, indexes, end);
  const before = job.status ?? {};
  const time = formatTime(now);
  const active = Math.max(0, pods.filter(isActive).length + created - removed);
  const terminating = pods.filter(isTerminating).length + removed;
  const marked = end ? withEnd(before.conditions ?? [], end, time) : (before.conditions ?? []);
  const isManaged = !end && !job.metadata.deletionTimestamp;
  const conditions = isManaged ? withSuspension(job, marked, time) : marked;
  const isResumed = conditions.some(
    ({ type, status }) =>
      type === 'Suspended' &&
      status === 'False' &&
      findCondition(before.conditions, type)?.status === 'True',
  );
  const { succeeded: left = [], failed: leftFailed = [] } = counted.uncountedTerminatedPods ?? {};
  const isOver =
    end !== undefined &&
    // What the status said before is what the finished job says; the reason has to be there first.
    findCondition(before.conditions, end.type)?.status === 'True' &&
    left.length + leftFailed.length + terminating + active === 0 &&
    !pods.some(isTracked);
  const final = isOver ? withFinal(conditions, end, time) : conditions;
  const waits = isSuspended(job) && !isOver;
  const startTime = isResumed ? time : (before.startTime ?? (waits ? undefined : time));
  const isComplete = isOver && end.type === 'SuccessCriteriaMet';
  const { succeeded, failed, ...names } = counted;
  return {
    status: {
      ...names,
      ...nonZero({ active, succeeded, failed }),
      ready: Math.min(active, pods.filter((pod) => isActive(pod) && isReady(pod)).length),
      terminating,
      ...(startTime && { startTime }),
      ...(isComplete && { completionTime: time }),
      ...(final.length > 0 && { conditions: final }),
    },
    release,
    told: final.filter(
      ({ type, status }) => findCondition(before.conditions, type)?.status !== status,
    ),
  };
}

type Conditions = readonly JobCondition[];

const withEnd = (
  conditions: Conditions,
  { type, reason, message }: End,
  now: string,
): Conditions =>
  findCondition(conditions, type)?.status === 'True'
    ? conditions
    : withProbe(conditions, { type, status: 'True', reason, message }, now);

/** The last word repeats the reason that was given before. */
const withFinal = (conditions: Conditions, { type, reason, message }: End, now: string) =>
  withProbe(
    conditions,
    { type: type === 'FailureTarget' ? 'Failed' : 'Complete', status: 'True', reason, message },
    now,
  );

function withSuspension(job: Job, conditions: Conditions, now: string): Conditions {
  if (isSuspended(job)) {
    return withProbe(
      conditions,
      { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' },
      now,
    );
  }
  if (findCondition(conditions, 'Suspended')?.status !== 'True') return conditions;
  return withProbe(
    conditions,
    { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' },
    now,
  );
}

function withProbe(conditions: Conditions, next: JobCondition, now: string): Conditions {
  const known = findCondition(conditions, next.type);
  if (known?.status === next.status) return conditions;
  return setCondition<JobCondition>(conditions, { ...next, lastProbeTime: now }, now);
}
