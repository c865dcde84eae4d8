import { at, duplicate, invalidField, invalidValue, parseTime, required } from '@berth/api';
import type { FieldError, Job, JobSpec, JobStatus } from '@berth/api';
import { checkNonNegative } from '../core/field-checks.ts';
import { commonIndex, countIndexes } from './indexes.ts';

const conditions = 'status.conditions';

/** A status before and after a write, with what the rules ask of both. */
interface Change {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly old: JobStatus;
  readonly is: (type: string) => boolean;
  readonly was: (type: string) => boolean;
  /** Whether one of the fields or conditions is not what it was. */
  readonly changed: (...names: readonly string[]) => boolean;
}

/** Rules look only at what changed, so that a status which broke them before can be written on. */
export function validateJobStatus(job: Job, oldJob: Job): readonly FieldError[] {
  const change = changeOf(job, oldJob);
  return [
    ...checkNumbers(change.status),
    ...checkUncounted(change.status),
    ...checkEnd(change),
    ...checkTimes(change),
    ...checkIndexes(change),
    ...checkSuccess(change),
    ...checkProgress(change),
  ];
}

function changeOf({ spec, status = {} }: Job, { status: old = {} }: Job): Change {
  const isTrue =
    ({ conditions = [] }: JobStatus) =>
    (type: string) =>
      conditions.some((condition) => condition.type === type && condition.status === 'True');
  const [is, was] = [isTrue(status), isTrue(old)];
  const differs = (name: string) =>
    /^[A-Z]/.test(name)
      ? is(name) !== was(name)
      : JSON.stringify(status[name as keyof JobStatus]) !==
        JSON.stringify(old[name as keyof JobStatus]);
  return { spec, status, old, is, was, changed: (...names) => names.some(differs) };
}

const checkNumbers = (status: JobStatus): readonly FieldError[] =>
  (['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((field) =>
    checkNonNegative(at('status', field), status[field]),
  );

function checkUncounted({ uncountedTerminatedPods }: JobStatus): readonly FieldError[] {
  const { succeeded = [], failed = [] } = uncountedTerminatedPods ?? {};
  const seen = new Set<string>();
  return Object.entries({ succeeded, failed }).flatMap(([list, uids]) =>
    uids.flatMap((uid, i) => {
      const path = at('status.uncountedTerminatedPods', list, i);
      if (uid === '') return [invalidValue(path, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(path, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

/** A job ends in one way, and says what it ends for before it does. */
function checkEnd({ status, is, changed }: Change): readonly FieldError[] {
  const rules: readonly (readonly [boolean, boolean, string])[] = [
    [
      changed('Complete', 'Failed'),
      is('Complete') && is('Failed'),
      'cannot set Complete=True and Failed=true conditions',
    ],
    [
      changed('Complete', 'FailureTarget'),
      is('Complete') && is('FailureTarget'),
      'cannot set Complete=True and FailureTarget=true conditions',
    ],
    [
      changed('Failed', 'FailureTarget'),
      is('Failed') && !is('FailureTarget'),
      'cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      changed('Complete', 'SuccessCriteriaMet'),
      is('Complete') && !is('SuccessCriteriaMet'),
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
  ];
  const { active = 0, terminating = 0, uncountedTerminatedPods: uncounted } = status;
  const left = [...(uncounted?.succeeded ?? []), ...(uncounted?.failed ?? [])];
  const ends = is('Complete') || is('Failed');
  const over = (field: keyof JobStatus) => ends && changed('Complete', 'Failed', field);
  return [
    ...rules.flatMap(([concerns, broken, why]) =>
      concerns && broken ? [invalidField(conditions, why)] : [],
    ),
    ...(over('active') && active > 0
      ? [invalidValue('status.active', active, 'active>0 is invalid for finished job')]
      : []),
    ...(over('startTime') && status.startTime === undefined
      ? [required('status.startTime', 'startTime is required for finished job')]
      : []),
    ...(over('uncountedTerminatedPods') && left.length > 0
      ? [
          invalidValue(
            'status.uncountedTerminatedPods',
            uncounted,
            'uncountedTerminatedPods needs to be empty for finished job',
          ),
        ]
      : []),
    ...(over('terminating') && terminating > 0
      ? [
          invalidValue(
            'status.terminating',
            terminating,
            'terminating>0 is invalid for finished job',
          ),
        ]
      : []),
  ];
}

function checkTimes({ spec, status, old, is, was, changed }: Change): readonly FieldError[] {
  const { startTime, completionTime } = status;
  const path = 'status.completionTime';
  const isAbout = changed('Complete', 'completionTime');
  // The clock of a job that was suspended starts again.
  const isResumed = was('Suspended') && !is('Suspended');
  return [
    ...(isAbout && completionTime !== undefined && !is('Complete')
      ? [
          invalidValue(
            path,
            completionTime,
            'cannot set completionTime when there is no Complete=True condition',
          ),
        ]
      : []),
    ...(isAbout && completionTime === undefined && is('Complete')
      ? [required(path, 'completionTime is required for Complete jobs')]
      : []),
    ...(changed('startTime', 'completionTime') && isBefore(completionTime, startTime)
      ? [invalidValue(path, completionTime, 'completionTime cannot be set before startTime')]
      : []),
    ...(completionTime !== undefined &&
    old.completionTime !== undefined &&
    changed('completionTime')
      ? [invalidValue(path, completionTime, 'completionTime cannot be mutated')]
      : []),
    ...(old.startTime !== undefined && changed('startTime') && !spec.suspend && !isResumed
      ? [required('status.startTime', 'startTime cannot be removed for unsuspended job')]
      : []),
  ];
}

const isBefore = (a: string | undefined, b: string | undefined) =>
  a !== undefined && b !== undefined && (parseTime(a) ?? 0) < (parseTime(b) ?? 0);

function checkIndexes({ spec, status, changed }: Change): readonly FieldError[] {
  const { completions, completionMode, backoffLimitPerIndex } = spec;
  const { completedIndexes = '', failedIndexes } = status;
  const completedPath = 'status.completedIndexes';
  const failedPath = 'status.failedIndexes';
  const check = (path: string, name: string, text: string) => {
    const counted = completions === undefined ? 0 : countIndexes(text, completions);
    return typeof counted === 'number'
      ? []
      : [invalidValue(path, text, `error parsing ${name}: ${counted.problem}`)];
  };
  const overlap =
    completions === undefined || failedIndexes === undefined
      ? undefined
      : commonIndex(completedIndexes, failedIndexes, completions);
  return [
    ...(changed('completedIndexes')
      ? [
          ...check(completedPath, 'completedIndexes', completedIndexes),
          ...(completedIndexes && completionMode !== 'Indexed'
            ? [
                invalidValue(
                  completedPath,
                  completedIndexes,
                  'cannot set non-empty completedIndexes when non-indexed completion mode',
                ),
              ]
            : []),
        ]
      : []),
    ...(changed('failedIndexes') && failedIndexes !== undefined
      ? backoffLimitPerIndex === undefined
        ? [
            invalidValue(
              failedPath,
              failedIndexes,
              'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
            ),
          ]
        : check(failedPath, 'failedIndexes', failedIndexes)
      : []),
    ...(changed('failedIndexes', 'completedIndexes') && overlap !== undefined
      ? [
          invalidValue(
            failedPath,
            failedIndexes,
            `failedIndexes and completedIndexes overlap at index: ${overlap}`,
          ),
        ]
      : []),
  ];
}

function checkSuccess({ spec, is, was }: Change): readonly FieldError[] {
  const met = is('SuccessCriteriaMet');
  const rules: readonly (readonly [boolean, string])[] = [
    [met && is('Failed'), 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [
      met && is('FailureTarget'),
      'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
    ],
    [
      spec.successPolicy !== undefined && !met && is('Complete'),
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
    [was('SuccessCriteriaMet') && !met, 'cannot disable the SuccessCriteriaMet=True condition'],
    [
      was('Complete') && !was('SuccessCriteriaMet') && met,
      'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions',
    ],
  ];
  return rules.flatMap(([broken, why]) => (broken ? [invalidField(conditions, why)] : []));
}

/** What has happened is not taken back. */
function checkProgress({ spec, status, old, is, was, changed }: Change): readonly FieldError[] {
  const { failed = 0, succeeded = 0, ready = 0, active = 0 } = status;
  // A job that does all at once counts fewer successes when it is made smaller.
  const shrinks = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  return [
    ...(changed('ready', 'active') && ready > active
      ? [invalidValue('status.ready', ready, 'cannot set more ready pods than active')]
      : []),
    ...['Failed', 'Complete', 'FailureTarget']
      .filter((type) => was(type) && !is(type))
      .map((type) =>
        invalidField(conditions, `cannot disable the terminal ${type}=True condition`),
      ),
    ...(failed < (old.failed ?? 0)
      ? [invalidValue('status.failed', failed, 'cannot decrease the failed counter')]
      : []),
    ...(!shrinks && succeeded < (old.succeeded ?? 0)
      ? [invalidValue('status.succeeded', succeeded, 'cannot decrease the succeeded counter')]
      : []),
  ];
}
