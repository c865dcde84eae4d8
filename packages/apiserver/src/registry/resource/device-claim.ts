import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  FieldError,
} from '@berth/api';
import { at, invalidValue, notSupported, required, tooLong } from '@berth/api';
import {
  checkDnsLabel,
  checkLabelValue,
  checkNeeded,
  checkOneOf,
  checkQualifiedName,
} from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkItems, checkSet } from '../core/list-checks.ts';
import { checkConfiguration } from './device-configuration.ts';
import { checkClassName, checkFullAttributeName } from './names.ts';
import { checkRequestName, requestNamesOf } from './request-names.ts';
import type { RequestNames } from './request-names.ts';

export const mostRequests = 32;
const mostConstraints = 32;
const mostConfigs = 32;
const mostChoices = 8;
const mostSelectors = 32;

export function checkDeviceClaim(path: string, claim: Given<DeviceClaim>): readonly FieldError[] {
  const { requests = [], constraints = [], config = [] } = claim;
  const names = requestNamesOf(claim);
  return [
    ...checkSet(at(path, 'requests'), requests, mostRequests, checkRequest, nameOf),
    ...checkItems(at(path, 'constraints'), constraints, mostConstraints, (where, constraint) =>
      checkConstraint(where, constraint, names),
    ),
    ...checkItems(at(path, 'config'), config, mostConfigs, (where, item) => [
      ...checkRequestNames(at(where, 'requests'), item.requests, names),
      ...checkConfiguration(where, item),
    ]),
  ];
}

const nameOf = ({ name = '' }: { readonly name?: string }) => name;

const checkRequestNames = (
  path: string,
  requests: readonly string[] = [],
  names: RequestNames,
): readonly FieldError[] =>
  checkSet(
    path,
    requests,
    mostRequests,
    (where, name) => checkRequestName(where, name, names),
    (name) => name,
  );

const oneKind = 'exactly one of `exactly` or `firstAvailable` is required';

const checkRequest = (
  path: string,
  { name = '', exactly, firstAvailable = [] }: Given<DeviceRequest>,
): readonly FieldError[] => [
  ...checkDnsLabel(at(path, 'name'), name),
  ...(exactly && firstAvailable.length
    ? [invalidValue(path, null, `${oneKind}, but multiple fields are set`)]
    : []),
  ...(!exactly && firstAvailable.length === 0 ? [required(path, oneKind)] : []),
  ...(exactly && firstAvailable.length === 0 ? checkDemand(at(path, 'exactly'), exactly) : []),
  ...(exactly
    ? []
    : checkSet(at(path, 'firstAvailable'), firstAvailable, mostChoices, checkChoice, nameOf)),
];

const checkChoice = (path: string, choice: Given<DeviceSubRequest>): readonly FieldError[] => [
  ...checkDnsLabel(at(path, 'name'), choice.name ?? ''),
  ...checkDemand(path, choice),
];

const checkDemand = (
  path: string,
  {
    deviceClassName,
    selectors = [],
    allocationMode = '',
    count = 0,
    tolerations = [],
  }: Given<ExactDeviceRequest>,
): readonly FieldError[] => [
  ...checkClassName(at(path, 'deviceClassName'), deviceClassName),
  ...checkSelectors(at(path, 'selectors'), selectors),
  ...checkCount(path, allocationMode, count),
  ...tolerations.flatMap((toleration, i) =>
    checkToleration(at(path, 'tolerations', i), toleration),
  ),
];

function checkCount(path: string, mode: string, count: number): readonly FieldError[] {
  switch (mode) {
    case 'All':
      return count === 0
        ? []
        : [
            invalidValue(
              at(path, 'count'),
              count,
              "must not be specified when allocationMode is 'All'",
            ),
          ];
    case 'ExactCount':
      return count > 0 ? [] : [invalidValue(at(path, 'count'), count, 'must be greater than zero')];
    default:
      return [notSupported(at(path, 'allocationMode'), mode, ['All', 'ExactCount'])];
  }
}

const longestExpression = 10 * 1024;

/** CEL expressions that pick devices. */
export const checkSelectors = (
  path: string,
  selectors: readonly Given<DeviceSelector>[],
): readonly FieldError[] =>
  checkItems(path, selectors, mostSelectors, (where, { cel }) =>
    cel
      ? checkSelectorExpression(at(where, 'cel', 'expression'), cel.expression)
      : [required(at(where, 'cel'))],
  );

function checkSelectorExpression(path: string, expression = ''): readonly FieldError[] {
  if (expression === '') return [required(path)];
  return Buffer.byteLength(expression) > longestExpression
    ? [tooLong(path, longestExpression)]
    : [];
}

function checkConstraint(
  path: string,
  { requests, matchAttribute, distinctAttribute }: Given<DeviceConstraint>,
  names: RequestNames,
): readonly FieldError[] {
  const [field, attribute] =
    matchAttribute === undefined
      ? (['distinctAttribute', distinctAttribute] as const)
      : (['matchAttribute', matchAttribute] as const);
  return [
    ...checkRequestNames(at(path, 'requests'), requests, names),
    ...(attribute === undefined
      ? [
          required(
            path,
            'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
          ),
        ]
      : checkFullAttributeName(at(path, field), attribute)),
  ];
}

const taintEffects = ['NoExecute', 'NoSchedule', 'None'];

export function checkToleration(
  path: string,
  { key, operator = '', value = '', effect }: Given<DeviceToleration>,
): readonly FieldError[] {
  return [
    ...(key ? checkQualifiedName(at(path, 'key'), key) : []),
    ...(operator === 'Exists' && value
      ? [invalidValue(at(path, 'value'), value, 'must be empty for operator `Exists`')]
      : []),
    ...(operator === 'Equal' ? checkLabelValue(at(path, 'value'), value) : []),
    ...checkNeeded(at(path, 'operator'), operator, ['Equal', 'Exists']),
    ...checkOneOf(at(path, 'effect'), effect || undefined, taintEffects),
  ];
}

/** What devices are tainted with. */
export const checkTaintEffect = (path: string, effect: string | undefined): readonly FieldError[] =>
  checkNeeded(path, effect, taintEffects);
