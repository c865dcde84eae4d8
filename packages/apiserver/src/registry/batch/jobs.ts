import { humanDuration, isDeepEqual, jobs as type, parseTime } from '@berth/api';
import type { Job, JobSpec, PodFailurePolicy } from '@berth/api';
import { selectorColumn } from '../apps/replicas.ts';
import { ageColumn, containerColumns, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import { defaultPodTemplate } from '../core/pod-spec/pod-spec-defaults.ts';
import type { Strategy } from '../strategy.ts';
import { withSelector } from './job-selector.ts';
import { validateJobStatus } from './job-status.ts';
import { validateJobChange } from './job-update.ts';
import { validateJob } from './job-validation.ts';
import { jobNameWarnings, jobSpecWarnings } from './job-warnings.ts';

export const jobs: Strategy<Job> = {
  type,
  defaults,
  prepareForCreate: (job) => ({ ...withSelector(job), status: {} }),
  prepareForUpdate: (job, old) => ({ ...job, ...(old.status && { status: old.status }) }),
  validate: (job) => validateJob(job),
  validateUpdate: validateJobChange,
  warnings: ({ metadata, spec }, old) => {
    if (old && isDeepEqual(spec, old.spec)) return [];
    return [...(old ? [] : jobNameWarnings(metadata.name)), ...jobSpecWarnings('spec', spec)];
  },
  status: { validateUpdate: validateJobStatus },
  orphansByDefault: true,
  selectable: ['status.successful'],
  selectableFields: ({ status }) => ({ 'status.successful': String(status?.succeeded ?? 0) }),
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'How far the job has come.',
      cell: showState,
    },
    {
      name: 'Completions',
      type: 'string',
      description: 'Pods that came to a good end, of all that should.',
      cell: showCompletions,
    },
    {
      name: 'Duration',
      type: 'string',
      description: 'How long the job has been at work, or was.',
      cell: showDuration,
    },
    ageColumn,
    ...containerColumns<Job>(({ spec }) => spec.template.spec?.containers ?? []),
    selectorColumn<Job>(({ spec }) => spec.selector, '<none>'),
  ],
  allowUnconditionalUpdate: true,
};

/** Pods and jobs are labelled alike where only the pods have labels. */
function defaults(job: Job): Job {
  const { metadata } = job;
  const spec = defaultSpec(asGiven(job).spec ? job.spec : ({} as JobSpec));
  const { labels } = spec.template.metadata ?? {};
  const lacks = labels && Object.keys(metadata.labels ?? {}).length === 0;
  return {
    ...job,
    metadata: lacks ? { ...metadata, labels } : metadata,
    spec,
    status: job.status ?? {},
  };
}

function defaultSpec(spec: JobSpec): JobSpec {
  const { completions, podFailurePolicy } = spec;
  const one = spec.parallelism === undefined && completions === undefined;
  const many = 2 ** 31 - 1;
  return {
    ...withPatternStates(spec),
    template: defaultPodTemplate(asGiven(spec).template ? spec.template : undefined),
    ...(one && { completions: 1 }),
    parallelism: spec.parallelism ?? 1,
    backoffLimit: spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : many),
    completionMode: spec.completionMode ?? 'NonIndexed',
    suspend: spec.suspend ?? false,
    podReplacementPolicy:
      spec.podReplacementPolicy ?? (podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'),
    manualSelector: spec.manualSelector ?? false,
  };
}

/** A condition that is only named is meant to be true. */
export function withPatternStates(spec: JobSpec): JobSpec {
  const policy = asGiven(spec).podFailurePolicy as PodFailurePolicy | undefined;
  if (!policy?.rules) return spec;
  const rules = policy.rules.map((rule) => ({
    ...rule,
    ...(rule.onPodConditions && {
      onPodConditions: rule.onPodConditions.map((pattern) => ({
        ...pattern,
        status: pattern.status || 'True',
      })),
    }),
  }));
  return { ...spec, podFailurePolicy: { ...policy, rules } };
}

function showState({ metadata, status }: Job): string {
  const is = (wanted: string) =>
    (status?.conditions ?? []).some(
      (condition) => condition.type === wanted && condition.status === 'True',
    );
  const end = ['Complete', 'Failed'].find(is);
  if (end) return end;
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

function showCompletions({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0;
  const { completions, parallelism = 0 } = spec;
  if (completions !== undefined) return `${done}/${completions}`;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function showDuration({ status }: Job, now: number): string {
  const start = parseTime(status?.startTime ?? '');
  if (start === undefined) return '';
  return humanDuration((parseTime(status?.completionTime ?? '') ?? now) - start);
}
