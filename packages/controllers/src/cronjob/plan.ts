import { apiVersionOf, cronJobs, isTimeZone, jobs, parseSchedule } from '@berth/api';
import type { CronJob, CronJobStatus, Draft, Job, ObjectReference } from '@berth/api';
import { finishedCondition } from '../job/plan.ts';
import { controllerReference } from '../owned.ts';
import { lastDue } from './missed.ts';
import { nextTime } from './next-time.ts';
import type { Schedule } from './next-time.ts';
import { formatWallTime } from './wall-time.ts';

export const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

export interface Observed {
  readonly cronJob: CronJob;
  /** Jobs of it, those that are over too. */
  readonly jobs: readonly Job[];
  readonly now: number;
}

/** Something to be told of the CronJob. */
interface Telling {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface CronJobPlan {
  /** The status without what is to be created. */
  readonly status: CronJobStatus;
  /** Jobs that give way to the next one. */
  readonly replace: readonly Job[];
  readonly create: { readonly draft: Draft<Job>; readonly at: number } | undefined;
  /** Jobs that are over, beyond what the history may hold. */
  readonly forget: readonly Job[];
  readonly tell: readonly Telling[];
  readonly lookAfterMs: number | undefined;
}

/** What is due now, what follows from the jobs that are over, and when to look again. */
export function planCronJob(observed: Observed): CronJobPlan {
  const { cronJob } = observed;
  const { status, tell } = planStatus(observed);
  const plan = {
    status,
    replace: [],
    create: undefined,
    forget: pastHistory(observed),
    tell,
    lookAfterMs: undefined,
  };
  if (cronJob.metadata.deletionTimestamp || cronJob.spec.suspend) return plan;
  const clock = clockOf(cronJob);
  if ('problem' in clock) return { ...plan, tell: [...tell, clock.problem] };
  const { schedule, timeZone } = clock;
  const next = nextTime(schedule, observed.now, timeZone);
  const start = planStart(observed, schedule, timeZone, status.active ?? []);
  return {
    ...plan,
    ...start,
    tell: [...tell, ...start.tell],
    lookAfterMs: next === undefined ? undefined : next - observed.now + 100,
  };
}

const warning = (reason: string, message: string): Telling => ({
  type: 'Warning',
  reason,
  message,
});
const normal = (reason: string, message: string): Telling => ({ type: 'Normal', reason, message });

function clockOf({
  spec: { schedule, timeZone = 'UTC' },
}: CronJob):
  { readonly schedule: Schedule; readonly timeZone: string } | { readonly problem: Telling } {
  if (!isTimeZone(timeZone)) {
    return {
      problem: warning('UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}`),
    };
  }
  try {
    return { schedule: parseSchedule(schedule), timeZone };
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${why}`;
    return { problem: warning('UnparseableSchedule', message) };
  }
}

interface Start {
  readonly replace: readonly Job[];
  readonly create: CronJobPlan['create'];
  readonly tell: readonly Telling[];
}

function planStart(
  { cronJob, jobs: owned, now }: Observed,
  schedule: Schedule,
  timeZone: string,
  active: readonly ObjectReference[],
): Start {
  const { at, isManyMissed } = lastDue(cronJob, schedule, timeZone, now);
  const tell: Telling[] = isManyMissed
    ? [
        warning(
          'TooManyMissedTimes',
          'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
        ),
      ]
    : [];
  const nothing = { replace: [], create: undefined, tell };
  if (at === undefined) return nothing;
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  if (startingDeadlineSeconds !== undefined && at + startingDeadlineSeconds * 1000 < now) {
    const message = `Missed scheduled time to start a job: ${new Date(at).toUTCString()}`;
    return { ...nothing, tell: [...tell, warning('MissSchedule', message)] };
  }
  const name = jobNameFor(cronJob, at);
  const isServed = active.some((each) => each.name === name);
  const served = cronJob.status?.lastScheduleTime;
  if (isServed || (served !== undefined && Date.parse(served) === at)) return nothing;
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message =
      'Not starting job because prior execution is running and concurrency policy is Forbid';
    return { ...nothing, tell: [...tell, normal('JobAlreadyActive', message)] };
  }
  const running = owned.filter((job) => active.some(({ uid }) => uid === job.metadata.uid));
  return {
    tell,
    replace: concurrencyPolicy === 'Replace' ? running : [],
    create: { draft: draftJob(cronJob, name, at, timeZone), at },
  };
}

/** One name for each time, so that a time that was served before a crash is found to be served. */
const jobNameFor = ({ metadata }: CronJob, at: number) =>
  `${metadata.name}-${Math.floor(at / 60_000)}`;

function draftJob(cronJob: CronJob, name: string, at: number, timeZone: string): Draft<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    metadata: {
      name,
      namespace: cronJob.metadata.namespace!,
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: {
        ...metadata?.annotations,
        [scheduledAnnotation]: formatWallTime(at, timeZone),
      },
      ownerReferences: [controllerReference(cronJobs, cronJob)],
    },
    spec: spec!,
  };
}

/** How the status names a job. */
export const referenceTo = ({ metadata }: Job): ObjectReference => ({
  apiVersion: apiVersionOf(jobs),
  kind: jobs.kind,
  namespace: metadata.namespace!,
  name: metadata.name,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

function planStatus({ cronJob, jobs: owned }: Observed) {
  const before = cronJob.status ?? {};
  const tell: Telling[] = [];
  const byUid = new Map(owned.map((job) => [job.metadata.uid, job]));
  const active = (before.active ?? []).filter((reference) => {
    const job = byUid.get(reference.uid ?? '');
    if (!job) {
      tell.push(normal('MissingJob', `Active job went missing: ${reference.name}`));
      return false;
    }
    const end = finishedCondition(job);
    if (!end) return true;
    const message = `Saw completed job: ${job.metadata.name}, condition: ${end.type}`;
    tell.push(normal('SawCompletedJob', message));
    return false;
  });
  // Made by a pass that was cut short before it could say so.
  const unsaid = owned.filter(
    (job) =>
      !finishedCondition(job) &&
      job.metadata.annotations?.[scheduledAnnotation] !== undefined &&
      !active.some(({ uid }) => uid === job.metadata.uid),
  );
  const successes = owned.flatMap(({ status }) => status?.completionTime ?? []);
  const lastSuccessfulTime = [...successes, before.lastSuccessfulTime ?? ''].sort().at(-1);
  const all = [...active, ...unsaid.map(referenceTo)];
  return {
    tell,
    status: {
      ...(all.length > 0 && { active: all }),
      ...(before.lastScheduleTime && { lastScheduleTime: before.lastScheduleTime }),
      ...(lastSuccessfulTime && { lastSuccessfulTime }),
    },
  };
}

function pastHistory({ cronJob: { spec }, jobs: owned }: Observed): readonly Job[] {
  const past = (type: string, limit: number | undefined) =>
    limit === undefined
      ? []
      : owned
          .filter((job) => !job.metadata.deletionTimestamp && finishedCondition(job)?.type === type)
          .sort((a, b) => (startOf(a) < startOf(b) ? 1 : -1))
          .slice(limit);
  return [
    ...past('Complete', spec.successfulJobsHistoryLimit),
    ...past('Failed', spec.failedJobsHistoryLimit),
  ];
}

const startOf = ({ metadata, status }: Job) =>
  `${status?.startTime ?? metadata.creationTimestamp} ${metadata.name}`;
