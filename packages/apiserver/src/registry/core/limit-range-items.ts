import {
  compareQuantities,
  duplicate,
  forbiddenField,
  invalidValue,
  parseQuantity,
  required,
} from '@berth/api';
import type { FieldError, LimitRange, LimitRangeItem } from '@berth/api';
import { checkQualifiedName } from './field-checks.ts';
import { asGiven } from './given.ts';
import type { Given } from './given.ts';
import {
  checkContainerResourceName,
  checkResourceName,
  checkResourceQuantity,
} from './pod-spec/resources.ts';

type Amounts = Readonly<Record<string, string>>;

/** What is not said follows for containers: a limit from the maximum, a request from the limit or the minimum. */
export function defaultLimitItem(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== 'Container') return item;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  return {
    ...item,
    ...(Object.keys(limits).length > 0 && { default: limits }),
    ...(Object.keys(requests).length > 0 && { defaultRequest: requests }),
  };
}

export function validateLimitRange(range: LimitRange): readonly FieldError[] {
  const items = asGiven(range).spec?.limits ?? [];
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const { type = '' } = item;
    const path = `spec.limits[${i}]`;
    const repeated = seen.has(type);
    seen.add(type);
    return [
      ...checkType(`${path}.type`, type),
      ...(repeated ? [duplicate(`${path}.type`, type)] : validateItem(path, item)),
    ];
  });
}

const types = ['Pod', 'Container', 'PersistentVolumeClaim'];

const checkType = (path: string, type: string): readonly FieldError[] => {
  const errors = checkQualifiedName(path, type);
  if (errors.length > 0 || type.includes('/') || types.includes(type)) return errors;
  return [invalidValue(path, type, 'must be a standard limit type or fully qualified')];
};

function validateItem(path: string, item: Given<LimitRangeItem>): readonly FieldError[] {
  const { type, min = {}, max = {}, maxLimitRequestRatio: ratio = {} } = item;
  const { default: limit = {}, defaultRequest = {} } = item;
  const checkName = type === 'Container' ? checkContainerResourceName : checkResourceName;
  const check = (part: string, amounts: Amounts) =>
    Object.entries(amounts).flatMap(([name, amount]) => [
      ...checkName(`${path}.${part}[${name}]`, name),
      ...checkResourceQuantity(`${path}.${part}[${name}]`, name, amount),
    ]);
  const names = new Set([min, max, limit, defaultRequest, ratio].flatMap(Object.keys));
  return [
    ...check('max', max),
    ...check('min', min),
    ...(type === 'Pod'
      ? [
          ...(item.default
            ? [forbiddenField(`${path}.default`, "may not be specified when `type` is 'Pod'")]
            : []),
          ...(item.defaultRequest
            ? [
                forbiddenField(
                  `${path}.defaultRequest`,
                  "may not be specified when `type` is 'Pod'",
                ),
              ]
            : []),
        ]
      : [...check('default', limit), ...check('defaultRequest', defaultRequest)]),
    ...(type === 'PersistentVolumeClaim' && !('storage' in min) && !('storage' in max)
      ? [
          required(
            `${path}.limits`,
            'either minimum or maximum storage value is required, but neither was provided',
          ),
        ]
      : []),
    ...check('maxLimitRequestRatio', ratio),
    ...[...names].sort().flatMap((name) => checkOrder(path, name, item)),
    ...Object.entries(ratio).flatMap(([name, amount]) =>
      checkRatio(`${path}.maxLimitRequestRatio[${name}]`, amount, min[name], max[name]),
    ),
  ];
}

/** Minimum, default request, default limit and maximum do not cross. */
function checkOrder(
  path: string,
  name: string,
  item: Given<LimitRangeItem>,
): readonly FieldError[] {
  const { min, max, default: limit, defaultRequest } = item;
  const pairs = [
    ['min', min, 'min', 'max', max],
    ['defaultRequest', defaultRequest, 'default request', 'max', max],
    ['default', limit, 'default', 'max', max],
  ] as const;
  const above = pairs.flatMap(([part, low, lowName, highName, high]) =>
    exceeds(low?.[name], high?.[name])
      ? [crossing(`${path}.${part}[${name}]`, low?.[name], lowName, highName, high?.[name])]
      : [],
  );
  const below = (
    [
      ['defaultRequest', defaultRequest, 'default request'],
      ['default', limit, 'default'],
    ] as const
  ).flatMap(([part, high, highName]) =>
    exceeds(min?.[name], high?.[name])
      ? [crossing(`${path}.${part}[${name}]`, min?.[name], 'min', highName, high?.[name])]
      : [],
  );
  const request = exceeds(defaultRequest?.[name], limit?.[name])
    ? [
        crossing(
          `${path}.defaultRequest[${name}]`,
          defaultRequest?.[name],
          'default request',
          'default limit',
          limit?.[name],
        ),
      ]
    : [];
  return [...above, ...below, ...request];
}

const exceeds = (low: string | undefined, high: string | undefined): boolean =>
  low !== undefined &&
  high !== undefined &&
  compareQuantities(parseQuantity(low), parseQuantity(high)) > 0;

const crossing = (
  path: string,
  low: string | undefined,
  lowName: string,
  highName: string,
  high: string | undefined,
): FieldError =>
  invalidValue(
    path,
    low,
    `${lowName} value ${low ?? ''} is greater than ${highName} value ${high ?? ''}`,
  );

/** How many times the request a limit may be: at least once, and no more than the bounds allow at all. */
function checkRatio(
  path: string,
  text: string,
  min: string | undefined,
  max: string | undefined,
): readonly FieldError[] {
  const ratio = parseQuantity(text);
  const one = parseQuantity('1');
  const tooSmall =
    compareQuantities(ratio, one) < 0
      ? [invalidValue(path, text, `ratio ${text} is less than 1`)]
      : [];
  const least = min === undefined ? 0n : parseQuantity(min).nanos;
  if (max === undefined || least <= 0n) return tooSmall;
  const most = Number(parseQuantity(max).nanos) / Number(least);
  if (Number(ratio.nanos) / 1e9 <= most) return tooSmall;
  const why = `ratio ${text} is greater than max/min = ${most.toFixed(6)}`;
  return [...tooSmall, invalidValue(path, text, why)];
}
