import type { Condition, FieldError } from '@berth/api';
import {
  conditionReason,
  duplicate,
  invalidEach,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '@berth/api';
import { checkQualifiedName } from './field-checks.ts';
import type { Given } from './given.ts';

const longestReason = 1024;
const longestMessage = 32 * 1024;

/** The conditions of a status: one of each type, each with a state, a time and a reason. */
export function checkConditions(
  path: string,
  conditions: readonly Given<Condition>[],
): readonly FieldError[] {
  const types = conditions.map(({ type }) => type);
  return conditions.flatMap((condition, i) => [
    ...(types.indexOf(condition.type) < i
      ? [duplicate(`${path}[${i}].type`, condition.type ?? '')]
      : []),
    ...checkCondition(`${path}[${i}]`, condition),
  ]);
}

function checkCondition(
  path: string,
  {
    type = '',
    status = '',
    observedGeneration = 0,
    lastTransitionTime,
    reason,
    message = '',
  }: Given<Condition>,
): readonly FieldError[] {
  return [
    ...checkQualifiedName(`${path}.type`, type),
    ...(['True', 'False', 'Unknown'].includes(status)
      ? []
      : [notSupported(`${path}.status`, status, ['False', 'True', 'Unknown'])]),
    ...(observedGeneration < 0
      ? [
          invalidValue(
            `${path}.observedGeneration`,
            observedGeneration,
            'must be greater than or equal to zero',
          ),
        ]
      : []),
    ...(lastTransitionTime ? [] : [required(`${path}.lastTransitionTime`, 'must be set')]),
    ...(reason
      ? checkReason(`${path}.reason`, reason)
      : [required(`${path}.reason`, 'must be set')]),
    ...(Buffer.byteLength(message) > longestMessage
      ? [tooLong(`${path}.message`, longestMessage)]
      : []),
  ];
}

const checkReason = (path: string, reason: string): readonly FieldError[] => [
  ...invalidEach(path, reason, conditionReason(reason)),
  ...(Buffer.byteLength(reason) > longestReason ? [tooLong(path, longestReason)] : []),
];
