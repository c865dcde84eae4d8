import {
  at,
  atKey,
  dnsLabel,
  goQuote,
  invalidValue,
  matchesLabels,
  notSupported,
  required,
  toSelector,
  tooLong,
} from '@berth/api';
import type { FieldError, Job, JobSpec, LabelSelector } from '@berth/api';
import { checkLabelSelector, checkNonNegative } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { validatePodTemplate } from '../core/pod-spec/pod-template.ts';
import { checkDomainPath } from './domain-path.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies.ts';
import { jobLabels, oldJobLabels } from './job-selector.ts';

type Spec = Given<JobSpec>;
type Labels = Readonly<Record<string, string>>;

/** Beyond these, indexed jobs are more than the status of one object can tell. */
const manyCompletions = 100_000;
const mostParallel = 100_000;
const mostFailedIndexes = 100_000;
const mostAtManyCompletions = 10_000;
const longestManager = 63;

/** A job. `oldLabels` lets it be without the labels that came later. */
export function validateJob(
  job: Job,
  { oldLabels = false }: { readonly oldLabels?: boolean } = {},
): readonly FieldError[] {
  const spec = asGiven(job).spec ?? {};
  return [
    ...validateGenerated(job, spec, oldLabels),
    ...validateJobSpec('spec', spec),
    ...validateSelector(spec),
    ...checkHostnames(job.metadata.name, spec),
  ];
}

/** Labels and selector that the server has made are those of this job and no other. */
function validateGenerated(
  { metadata }: Job,
  { manualSelector, selector, template }: Spec,
  oldLabels: boolean,
): readonly FieldError[] {
  if (manualSelector || !selector) return [];
  const { name, uid } = metadata;
  const expected: Labels = oldLabels
    ? oldJobLabels(name, uid)
    : { ...oldJobLabels(name, uid), ...jobLabels(name, uid) };
  const labels = template?.metadata?.labels ?? {};
  return [
    ...Object.entries(expected).flatMap(([key, value]) => checkLabel(labels, key, value)),
    ...(matches(selector, expected)
      ? []
      : [invalidValue('spec.selector', selector, '`selector` not auto-generated')]),
  ];
}

function checkLabel(labels: Labels, key: string, expected: string): readonly FieldError[] {
  const path = atKey('spec.template.metadata.labels', key);
  const why = `must be '${expected}'`;
  if (!Object.hasOwn(labels, key)) return [required(path, why)];
  return labels[key] === expected ? [] : [invalidValue(path, labels, why)];
}

/** What cannot be read is left to those who look for that. */
const matches = (selector: Given<LabelSelector>, labels: Labels): boolean =>
  checkLabelSelector('', selector).length > 0 ||
  matchesLabels(toSelector(selector as LabelSelector), labels);

function validateSelector({ selector, template }: Spec): readonly FieldError[] {
  const labels = template?.metadata?.labels ?? {};
  const mismatch = invalidValue(
    'spec.template.metadata.labels',
    labels,
    '`selector` does not match template `labels`',
  );
  if (!selector) return [required('spec.selector'), mismatch];
  return [
    ...checkLabelSelector('spec.selector', selector),
    ...(matches(selector, labels) ? [] : [mismatch]),
  ];
}

/** The last index is part of a host name. */
function checkHostnames(
  name: string,
  { completionMode, completions = 0 }: Spec,
): readonly FieldError[] {
  if (completionMode !== 'Indexed' || completions < 1) return [];
  const hostname = `${name}-${completions - 1}`;
  return dnsLabel(hostname).length === 0
    ? []
    : [
        invalidValue(
          'metadata.name',
          name,
          `will not able to create pod with invalid DNS label: ${hostname}`,
        ),
      ];
}

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

/** The spec of a job, also in a template: everything but its selector. */
export function validateJobSpec(path: string, spec: Spec): readonly FieldError[] {
  return [
    ...counts.flatMap((field) => checkNonNegative(at(path, field), spec[field])),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [required(at(path, 'backoffLimitPerIndex'), 'when maxFailedIndexes is specified')]
      : []),
    ...(spec.managedBy === undefined ? [] : checkManager(at(path, 'managedBy'), spec.managedBy)),
    ...validateMode(path, spec),
    ...(spec.podFailurePolicy ? validateFailurePolicy(at(path, 'podFailurePolicy'), spec) : []),
    ...(spec.successPolicy ? validateSuccessPolicy(at(path, 'successPolicy'), spec) : []),
    ...checkReplacement(at(path, 'podReplacementPolicy'), spec),
    ...validatePodTemplate(at(path, 'template'), spec.template ?? {}),
    ...checkRestart(at(path, 'template', 'spec', 'restartPolicy'), spec),
  ];
}

const checkManager = (path: string, manager: string): readonly FieldError[] => [
  ...checkDomainPath(path, manager),
  ...(manager.length > longestManager ? [tooLong(path, longestManager)] : []),
];

function validateMode(path: string, spec: Spec): readonly FieldError[] {
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (mode === 'Indexed') return validateIndexed(path, spec);
  const perIndex = { backoffLimitPerIndex, maxFailedIndexes };
  return [
    ...(mode !== undefined && mode !== 'NonIndexed'
      ? [notSupported(at(path, 'completionMode'), mode, ['NonIndexed', 'Indexed'])]
      : Object.entries(perIndex).flatMap(([field, value]) =>
          value === undefined
            ? []
            : [invalidValue(at(path, field), value, 'requires indexed completion mode')],
        )),
  ];
}

function validateIndexed(path: string, spec: Spec): readonly FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  const atMost = (field: string, value: number, most: number, when = '') =>
    value > most
      ? [invalidValue(at(path, field), value, `must be less than or equal to ${most}${when}`)]
      : [];
  const isMany =
    completions !== undefined &&
    completions > manyCompletions &&
    backoffLimitPerIndex !== undefined;
  const whenMany = ` when completions are above ${manyCompletions} and used with backoff limit per index`;
  return [
    ...(completions === undefined
      ? [required(at(path, 'completions'), 'when completion mode is Indexed')]
      : []),
    ...atMost('parallelism', parallelism, mostParallel, ' when completion mode is Indexed'),
    ...(completions !== undefined && failed !== undefined && failed > completions
      ? [
          invalidValue(
            at(path, 'maxFailedIndexes'),
            failed,
            'must be less than or equal to completions',
          ),
        ]
      : []),
    ...atMost('maxFailedIndexes', failed ?? 0, mostFailedIndexes),
    ...(isMany
      ? [
          ...(failed === undefined
            ? [
                required(
                  at(path, 'maxFailedIndexes'),
                  `must be specified when completions is above ${manyCompletions}`,
                ),
              ]
            : []),
          ...atMost('parallelism', parallelism, mostAtManyCompletions, whenMany),
          ...atMost('maxFailedIndexes', failed ?? 0, mostAtManyCompletions, whenMany),
        ]
      : []),
  ];
}

function checkReplacement(
  path: string,
  { podReplacementPolicy: policy, podFailurePolicy }: Spec,
): readonly FieldError[] {
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy === undefined || supported.includes(policy)
    ? []
    : [notSupported(path, policy, supported)];
}

const restarts = ['OnFailure', 'Never'];

/** Pods of a job come to an end; the default of other pods is not good enough. */
function checkRestart(path: string, { template, podFailurePolicy }: Spec): readonly FieldError[] {
  const { restartPolicy = '' } = template?.spec ?? {};
  if (restartPolicy === '' || restartPolicy === 'Always')
    return [required(path, `valid values: ${restarts.map(goQuote).join(', ')}`)];
  if (!restarts.includes(restartPolicy)) return [notSupported(path, restartPolicy, restarts)];
  return podFailurePolicy && restartPolicy !== 'Never'
    ? [
        invalidValue(
          path,
          restartPolicy,
          'only "Never" is supported when podFailurePolicy is specified',
        ),
      ]
    : [];
}
