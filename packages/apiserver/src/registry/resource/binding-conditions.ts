import type { Device, FieldError } from '@berth/api';
import { at, duplicate, invalidValue } from '@berth/api';
import { checkQualifiedName } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkItems } from '../core/list-checks.ts';

const mostConditions = 4;

/** What a device waits for before pods may use it, and what tells that it waits in vain. */
export const checkBindingConditions = (
  path: string,
  {
    bindingConditions: wanted = [],
    bindingFailureConditions: failures = [],
  }: Given<Pick<Device, 'bindingConditions' | 'bindingFailureConditions'>>,
): readonly FieldError[] => [
  ...checkItems(at(path, 'bindingConditions'), wanted, mostConditions, checkQualifiedName),
  ...checkItems(at(path, 'bindingFailureConditions'), failures, mostConditions, checkQualifiedName),
  ...repeated(at(path, 'bindingConditions'), wanted),
  ...repeated(at(path, 'bindingFailureConditions'), failures),
  ...failures.flatMap((condition, i) =>
    wanted.includes(condition)
      ? [
          invalidValue(
            at(path, 'bindingFailureConditions', i),
            condition,
            'bindingFailureConditions must not overlap with bindingConditions',
          ),
        ]
      : [],
  ),
  ...(wanted.length === 0 && failures.length
    ? [
        invalidValue(
          at(path, 'bindingConditions'),
          wanted,
          'bindingConditions are required to use bindingFailureConditions',
        ),
      ]
    : []),
  ...(failures.length === 0 && wanted.length
    ? [
        invalidValue(
          at(path, 'bindingFailureConditions'),
          failures,
          'bindingFailureConditions are required to use bindingConditions',
        ),
      ]
    : []),
];

const repeated = (path: string, conditions: readonly string[]): readonly FieldError[] =>
  conditions.flatMap((condition, i) =>
    conditions.indexOf(condition) < i ? [duplicate(at(path, i), condition)] : [],
  );
