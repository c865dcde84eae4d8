import {
  at,
  duplicate,
  goQuote,
  invalidField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '@berth/api';
import type {
  FieldError,
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '@berth/api';
import { checkNonNegative, checkQualifiedName } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { countIndexes } from './indexes.ts';

type Spec = Given<JobSpec>;

const mostRules = 20;
const mostPatterns = 20;
const mostExitCodes = 255;
const longestIndexes = 64 * 1024;

/** `["In" "NotIn"]`: how upstream lists what would have been right. */
const validValues = (values: readonly string[]) =>
  `valid values: [${values.map(goQuote).join(' ')}]`;

/** One of the values, and told which ones there are when it is missing. */
const checkChoice = (
  path: string,
  value: string | undefined,
  values: readonly string[],
): readonly FieldError[] => {
  if (!value) return [required(path, validValues(values))];
  return values.includes(value) ? [] : [notSupported(path, value, values)];
};

/** What pods that fail do to their job. */
export function validateFailurePolicy(path: string, spec: Spec): readonly FieldError[] {
  const { rules = [] } = spec.podFailurePolicy ?? {};
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = [...containers, ...initContainers].map(({ name = '' }) => name);
  const where = at(path, 'rules');
  return [
    ...(rules.length > mostRules ? [tooMany(where, rules.length, mostRules)] : []),
    ...rules.flatMap((rule, i) => validateFailureRule(at(where, i), rule, spec, names)),
  ];
}

function validateFailureRule(
  path: string,
  { action, onExitCodes, onPodConditions = [] }: Given<PodFailurePolicyRule>,
  { backoffLimitPerIndex }: Spec,
  containers: readonly string[],
): readonly FieldError[] {
  const counts = (onExitCodes ? 1 : 0) + (onPodConditions.length ? 1 : 0);
  return [
    ...(action === 'FailIndex' && backoffLimitPerIndex === undefined
      ? [invalidValue(at(path, 'action'), action, 'requires the backoffLimitPerIndex to be set')]
      : checkChoice(at(path, 'action'), action, ['Count', 'FailIndex', 'FailJob', 'Ignore'])),
    ...(onExitCodes ? validateExitCodes(at(path, 'onExitCodes'), onExitCodes, containers) : []),
    ...validatePatterns(at(path, 'onPodConditions'), onPodConditions),
    ...(counts === 2
      ? [invalidField(path, 'specifying both OnExitCodes and OnPodConditions is not supported')]
      : []),
    ...(counts === 0
      ? [invalidField(path, 'specifying one of OnExitCodes and OnPodConditions is required')]
      : []),
  ];
}

function validateExitCodes(
  path: string,
  { operator, containerName, values = [] }: Given<PodFailurePolicyOnExitCodesRequirement>,
  containers: readonly string[],
): readonly FieldError[] {
  const where = at(path, 'values');
  return [
    ...checkChoice(at(path, 'operator'), operator, ['In', 'NotIn']),
    ...(containerName !== undefined && !containers.includes(containerName)
      ? [
          invalidValue(
            at(path, 'containerName'),
            containerName,
            'must be one of the container or initContainer names in the pod template',
          ),
        ]
      : []),
    ...(values.length ? [] : [invalidValue(where, values, 'at least one value is required')]),
    ...(values.length > mostExitCodes ? [tooMany(where, values.length, mostExitCodes)] : []),
    ...values.flatMap((code, i) => [
      ...(operator === 'In' && code === 0
        ? [invalidValue(at(where, i), code, 'must not be 0 for the In operator')]
        : []),
      ...(values.indexOf(code) < i ? [duplicate(at(where, i), code)] : []),
    ]),
    ...(values.some((code, i) => i > 0 && (values[i - 1] ?? code) > code)
      ? [invalidValue(where, values, 'must be ordered')]
      : []),
  ];
}

const validatePatterns = (
  path: string,
  patterns: readonly Given<PodFailurePolicyOnPodConditionsPattern>[],
): readonly FieldError[] => [
  ...(patterns.length > mostPatterns ? [tooMany(path, patterns.length, mostPatterns)] : []),
  ...patterns.flatMap(({ type = '', status }, i) => [
    ...checkQualifiedName(at(path, i, 'type'), type),
    ...checkChoice(at(path, i, 'status'), status, ['False', 'True', 'Unknown']),
  ]),
];

/** Which of its indexes are enough for a job to have succeeded. */
export function validateSuccessPolicy(path: string, spec: Spec): readonly FieldError[] {
  const { completionMode, completions = 0, successPolicy = {} } = spec;
  if (completionMode !== 'Indexed')
    return [invalidValue(path, successPolicy, 'requires indexed completion mode')];
  const { rules = [] } = successPolicy;
  const where = at(path, 'rules');
  return [
    ...(rules.length
      ? []
      : [
          required(
            where,
            'at least one rules must be specified when the successPolicy is specified',
          ),
        ]),
    ...(rules.length > mostRules ? [tooMany(where, rules.length, mostRules)] : []),
    ...rules.flatMap((rule, i) => validateSuccessRule(at(where, i), rule, completions)),
  ];
}

function validateSuccessRule(
  path: string,
  { succeededCount: count, succeededIndexes: indexes }: Given<SuccessPolicyRule>,
  completions: number,
): readonly FieldError[] {
  const counted = countIndexes(indexes ?? '', completions);
  const named = typeof counted === 'number' ? counted : 0;
  return [
    ...(count === undefined && indexes === undefined
      ? [required(path, 'at least one of succeededCount or succeededIndexes must be specified')]
      : []),
    ...((indexes ?? '').length > longestIndexes
      ? [tooLong(at(path, 'succeededIndexes'), longestIndexes)]
      : []),
    ...(typeof counted === 'number'
      ? []
      : [
          invalidValue(
            at(path, 'succeededIndexes'),
            indexes,
            `error parsing succeededIndexes: ${counted.problem}`,
          ),
        ]),
    ...checkNonNegative(at(path, 'succeededCount'), count),
    ...checkAtMost(at(path, 'succeededCount'), count, [
      [completions, 'the number of specified completions'],
      ...(indexes === undefined
        ? []
        : [[named, 'the number of indexes in the specified succeededIndexes field'] as const]),
    ]),
  ];
}

const checkAtMost = (
  path: string,
  count: number | undefined,
  limits: readonly (readonly [number, string])[],
): readonly FieldError[] =>
  limits
    .filter(([most]) => count !== undefined && count > most)
    .map(([most, what]) =>
      invalidValue(path, count, `must be less than or equal to ${most} (${what})`),
    );
