import {
  at,
  cronJobs as type,
  invalidValue,
  isDeepEqual,
  isTimeZone,
  notSupported,
  parseSchedule,
  required,
  ScheduleError,
} from '@berth/api';
import type { CronJob, CronJobSpec, FieldError, JobTemplateSpec } from '@berth/api';
import { selectorColumn } from '../apps/replicas.ts';
import { ageColumn, ageOf, containerColumns, nameColumn } from '../core/columns.ts';
import { checkNeeded, checkNonNegative } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { defaultPodTemplate } from '../core/pod-spec/pod-spec-defaults.ts';
import type { Strategy } from '../strategy.ts';
import { validateJobSpec } from './job-validation.ts';
import { jobNameWarnings, jobSpecWarnings } from './job-warnings.ts';
import { withPatternStates } from './jobs.ts';

export const cronJobs: Strategy<CronJob> = {
  type,
  defaults: (job) => ({
    ...job,
    spec: defaultSpec(asGiven(job).spec ? job.spec : ({} as CronJobSpec)),
    status: job.status ?? {},
  }),
  prepareForCreate: (job) => ({ ...job, status: {} }),
  prepareForUpdate: (job, old) => ({ ...job, ...(old.status && { status: old.status }) }),
  validate: (job) => [...validateSpec(asGiven(job).spec ?? {}), ...checkNameLength(job)],
  validateUpdate: (job, old) => validateSpec(asGiven(job).spec ?? {}, old.spec),
  warnings: ({ metadata, spec }, old) => {
    if (old && isDeepEqual(spec, old.spec)) return [];
    return [
      ...(old ? [] : jobNameWarnings(metadata.name)),
      ...(spec.jobTemplate.spec
        ? jobSpecWarnings('spec.jobTemplate.spec', spec.jobTemplate.spec)
        : []),
      ...(asGiven(spec).schedule?.includes('TZ')
        ? [
            'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#unsupported-timezone-specification for more details',
          ]
        : []),
    ];
  },
  status: {},
  columns: [
    nameColumn,
    {
      name: 'Schedule',
      type: 'string',
      description: 'When the jobs are to run.',
      cell: (job) => asGiven(job).spec?.schedule ?? '',
    },
    {
      name: 'Timezone',
      type: 'string',
      description: 'By whose clocks.',
      cell: ({ spec }) => spec.timeZone ?? '<none>',
    },
    {
      name: 'Suspend',
      type: 'boolean',
      description: 'Whether no more jobs are made.',
      cell: ({ spec: { suspend } }) =>
        suspend === undefined ? '<unset>' : suspend ? 'True' : 'False',
    },
    {
      name: 'Active',
      type: 'integer',
      description: 'Jobs that are at work.',
      cell: ({ status }) => status?.active?.length ?? 0,
    },
    {
      name: 'Last Schedule',
      type: 'string',
      description: 'Time since a job was last made.',
      cell: ({ status }, now) =>
        status?.lastScheduleTime === undefined ? '<none>' : ageOf(status.lastScheduleTime, now),
    },
    ageColumn,
    ...containerColumns<CronJob>(
      ({ spec }) => spec.jobTemplate.spec?.template.spec?.containers ?? [],
    ),
    selectorColumn<CronJob>(({ spec }) => spec.jobTemplate.spec?.selector, '<none>'),
  ],
  allowUnconditionalUpdate: true,
};

const defaultSpec = (spec: CronJobSpec): CronJobSpec => ({
  ...spec,
  jobTemplate: defaultTemplate(asGiven(spec).jobTemplate ? spec.jobTemplate : {}),
  concurrencyPolicy: spec.concurrencyPolicy || 'Allow',
  suspend: spec.suspend ?? false,
  successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit ?? 3,
  failedJobsHistoryLimit: spec.failedJobsHistoryLimit ?? 1,
});

/** The jobs themselves get their defaults when they are made. */
function defaultTemplate(template: JobTemplateSpec): JobTemplateSpec {
  const spec = template.spec ?? ({} as NonNullable<JobTemplateSpec['spec']>);
  return {
    ...template,
    metadata: template.metadata ?? {},
    spec: {
      ...withPatternStates(spec),
      template: defaultPodTemplate(asGiven(spec).template ? spec.template : undefined),
    },
  };
}

/** Jobs are named after their CronJob and the time, and their pods after them. */
const longestName = 52;

const checkNameLength = ({ metadata }: CronJob): readonly FieldError[] =>
  metadata.name.length > longestName
    ? [
        invalidValue(
          'metadata.name',
          metadata.name,
          `must be no more than ${longestName} characters`,
        ),
      ]
    : [];

type Spec = Given<CronJobSpec>;

function validateSpec(spec: Spec, old?: CronJobSpec): readonly FieldError[] {
  const { timeZone } = spec;
  return [
    ...checkSchedule('spec.schedule', spec, asGiven(old)?.schedule?.includes('TZ') ?? false),
    ...checkNonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(timeZone !== undefined && timeZone !== old?.timeZone
      ? checkTimeZone('spec.timeZone', timeZone)
      : []),
    ...checkNeeded('spec.concurrencyPolicy', spec.concurrencyPolicy, [
      'Allow',
      'Forbid',
      'Replace',
    ]),
    ...validateTemplate('spec.jobTemplate.spec', spec.jobTemplate ?? {}),
    ...(['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const).flatMap((field) =>
      checkNonNegative(at('spec', field), spec[field]),
    ),
  ];
}

function checkSchedule(
  path: string,
  { schedule, timeZone }: Spec,
  mayHaveZone: boolean,
): readonly FieldError[] {
  if (!schedule) return [required(path)];
  const problem = scheduleProblem(schedule);
  return [
    ...(problem === undefined ? [] : [invalidValue(path, schedule, problem)]),
    ...(mayHaveZone && schedule.includes('TZ') && timeZone !== undefined
      ? [
          invalidValue(
            path,
            schedule,
            'cannot use both timeZone field and TZ or CRON_TZ in schedule',
          ),
        ]
      : []),
    ...(!mayHaveZone && schedule.includes('TZ')
      ? [
          invalidValue(
            path,
            schedule,
            'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
          ),
        ]
      : []),
  ];
}

function scheduleProblem(schedule: string): string | undefined {
  try {
    parseSchedule(schedule);
    return undefined;
  } catch (err) {
    if (err instanceof ScheduleError) return err.message;
    throw err;
  }
}

const zonePart = /^[A-Za-z._0-9+-]{1,14}$/;

function checkTimeZone(path: string, zone: string): readonly FieldError[] {
  if (zone === '') return [invalidValue(path, zone, 'timeZone must be nil or non-empty string')];
  const isName = zone
    .split('/')
    .every((part) => part !== '.' && part !== '..' && !part.startsWith('-') && zonePart.test(part));
  const unknown = invalidValue(path, zone, `unknown time zone ${zone}`);
  if (!isName) return [unknown];
  if (zone.toLowerCase() === 'local')
    return [
      invalidValue(
        path,
        zone,
        'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ),
      // Upstream's clock knows its own place under one spelling.
      ...(zone === 'Local' ? [] : [unknown]),
    ];
  return isTimeZone(zone) ? [] : [unknown];
}

function validateTemplate(
  path: string,
  { spec = {} }: Given<JobTemplateSpec>,
): readonly FieldError[] {
  const { selector, manualSelector } = spec;
  return [
    ...validateJobSpec(path, spec),
    ...(selector
      ? [invalidValue(at(path, 'selector'), selector, '`selector` will be auto-generated')]
      : []),
    ...(manualSelector
      ? [notSupported(at(path, 'manualSelector'), manualSelector, ['nil', 'false'])]
      : []),
  ];
}
