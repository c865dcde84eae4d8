import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
  FieldError,
  Quantity,
} from '@berth/api';
import {
  at,
  compareQuantities,
  forbiddenField,
  formatQuantity,
  invalidValue,
  parseQuantity,
  required,
} from '@berth/api';
import type { Given } from '../core/given.ts';
import { checkSet } from '../core/list-checks.ts';

const mostValues = 10;

/** How much of a device's capacity may be asked for, when several share it. */
export function checkCapacity(
  path: string,
  { value = '0', requestPolicy }: Given<DeviceCapacity>,
  isShared: boolean,
): readonly FieldError[] {
  if (!requestPolicy) return [];
  return isShared
    ? checkPolicy(at(path, 'requestPolicy'), requestPolicy, parseQuantity(value))
    : [forbiddenField(at(path, 'requestPolicy'), 'allowMultipleAllocations must be true')];
}

function checkPolicy(
  path: string,
  { default: usual, validValues = [], validRange }: Given<CapacityRequestPolicy>,
  capacity: Quantity,
): readonly FieldError[] {
  if (validValues.length && validRange) {
    return [
      forbiddenField(
        path,
        'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
      ),
    ];
  }
  const kind = validValues.length ? 'validValues' : validRange ? 'validRange' : undefined;
  if (!kind) return [];
  if (usual === undefined) {
    return [required(at(path, 'default'), `required when ${kind} is defined`)];
  }
  const start = parseQuantity(usual);
  return validRange
    ? checkRange(at(path, 'validRange'), validRange, start, capacity)
    : checkValues(at(path, 'validValues'), validValues.map(parseQuantity), start, capacity);
}

const isLess = (a: Quantity, b: Quantity) => compareQuantities(a, b) < 0;

const checkValues = (
  path: string,
  values: readonly Quantity[],
  usual: Quantity,
  capacity: Quantity,
): readonly FieldError[] => [
  ...values.flatMap((value, i) => {
    const before = values[i - 1];
    return before && isLess(value, before)
      ? [
          invalidValue(
            at(path, i),
            formatQuantity(value),
            'values must be sorted in ascending order',
          ),
        ]
      : [];
  }),
  ...checkSet(
    path,
    values,
    mostValues,
    (where, value) =>
      isLess(capacity, value)
        ? [
            invalidValue(
              where,
              formatQuantity(value),
              `option is larger than capacity value: ${formatQuantity(capacity)}`,
            ),
          ]
        : [],
    formatQuantity,
  ),
  ...(values.some((value) => compareQuantities(value, usual) === 0)
    ? []
    : [
        invalidValue(
          path,
          formatQuantity(usual),
          'default value is not valid according to the requestPolicy',
        ),
      ]),
];

function checkRange(
  path: string,
  range: Given<CapacityRequestPolicyRange>,
  usual: Quantity,
  capacity: Quantity,
): readonly FieldError[] {
  if (range.min === undefined) {
    return [required(at(path, 'min'), 'required when validRange is defined')];
  }
  const min = parseQuantity(range.min);
  const max = range.max === undefined ? undefined : parseQuantity(range.max);
  const say = (field: string, value: Quantity, what: string, limit: Quantity) =>
    invalidValue(at(path, field), formatQuantity(value), `${what}: ${formatQuantity(limit)}`);
  return [
    ...(isLess(capacity, min)
      ? [say('min', min, 'min is larger than capacity value', capacity)]
      : []),
    ...(isLess(usual, min) ? [say('default', usual, 'default is less than min', min)] : []),
    ...(max && isLess(max, min) ? [say('max', min, 'min is larger than max', max)] : []),
    ...(max && isLess(capacity, max)
      ? [say('max', max, 'max is larger than capacity value', capacity)]
      : []),
    ...(max && isLess(max, usual) ? [say('default', usual, 'default is more than max', max)] : []),
    ...(range.step === undefined
      ? []
      : checkStep(at(path, 'step'), parseQuantity(range.step), {
          min,
          capacity,
          reached: max ? [usual, max] : [usual],
        })),
  ];
}

interface Steps {
  readonly min: Quantity;
  readonly capacity: Quantity;
  /** What must be reached by whole steps. */
  readonly reached: readonly Quantity[];
}

function checkStep(
  path: string,
  step: Quantity,
  { min, capacity, reached }: Steps,
): readonly FieldError[] {
  if (step.nanos <= 0n) {
    return [invalidValue(path, formatQuantity(step), 'must be greater than zero')];
  }
  const first = { ...min, nanos: min.nanos + step.nanos };
  return [
    ...(isLess(capacity, first)
      ? [
          invalidValue(
            path,
            formatQuantity(step),
            `one step ${formatQuantity(first)} is larger than capacity value: ${formatQuantity(capacity)}`,
          ),
        ]
      : []),
    ...reached
      .filter((value) => (value.nanos - min.nanos) % step.nanos !== 0n)
      .map((value) =>
        invalidValue(
          path,
          formatQuantity(value),
          `value is not a multiple of a given step (${formatQuantity(step)}) from (${formatQuantity(min)})`,
        ),
      ),
  ];
}
