import { invalidValue, notSupported, required } from '@berth/api';
import type { FieldError, ResourceQuota, ScopedResourceSelectorRequirement } from '@berth/api';
import { checkUnchanged } from './field-checks.ts';
import { asGiven } from './given.ts';
import type { Given } from './given.ts';
import { checkResourceName, checkResourceQuantity } from './pod-spec/resources.ts';

type Amounts = Readonly<Record<string, string>>;

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];
/** Of each pair one excludes the other. */
const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const existence = ['Exists', 'DoesNotExist'];
/** Scopes that a pod has or has not, without a value to compare. */
const yesOrNo = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating'];

/** What pods without requests of their own can be counted by. */
const bestEffortResources = ['pods', 'count/pods'];

/** A quota as a client wants it. */
export function validateQuota(quota: ResourceQuota): readonly FieldError[] {
  const { hard = {}, scopes: given = [], scopeSelector } = asGiven(quota).spec ?? {};
  return [
    ...checkAmounts('spec.hard', hard),
    ...checkScopes(given, Object.keys(hard)),
    ...(scopeSelector?.matchExpressions ?? []).flatMap((requirement, i) =>
      checkRequirement(`spec.scopeSelector.matchExpressions[${i}]`, requirement),
    ),
  ];
}

/** What a quota counts stays what it was; only how much may change. */
export const validateQuotaChange = (
  quota: ResourceQuota,
  old: ResourceQuota,
): readonly FieldError[] => {
  const sorted = (from: ResourceQuota) => [...(asGiven(from).spec?.scopes ?? [])].sort();
  return [
    ...validateQuota(quota),
    ...checkUnchanged(
      'spec.scopes',
      asGiven(quota).spec?.scopes ?? [],
      sorted(quota).join() === sorted(old).join(),
    ),
  ];
};

export const validateQuotaStatus = ({ status }: ResourceQuota): readonly FieldError[] => [
  ...checkAmounts('status.hard', status?.hard ?? {}),
  ...checkAmounts('status.used', status?.used ?? {}),
];

const checkAmounts = (path: string, amounts: Amounts): readonly FieldError[] =>
  Object.entries(amounts).flatMap(([name, amount]) => [
    ...checkResourceName(`${path}[${name}]`, name),
    ...checkResourceQuantity(`${path}[${name}]`, name, amount),
  ]);

function checkScopes(given: readonly string[], resources: readonly string[]): FieldError[] {
  const unknown = given.filter((scope) => !scopes.includes(scope));
  const uncounted = given.includes('BestEffort')
    ? resources.filter((name) => !bestEffortResources.includes(name))
    : [];
  return [
    ...unknown.map((scope) => notSupported('spec.scopes', scope, scopes)),
    ...(uncounted.length > 0
      ? [invalidValue('spec.scopes', given, 'unsupported scope applied to resource')]
      : []),
    ...opposites
      .filter((pair) => pair.every((scope) => given.includes(scope)))
      .map(() => invalidValue('spec.scopes', given, 'conflicting scopes')),
  ];
}

function checkRequirement(
  path: string,
  { scopeName = '', operator = '', values = [] }: Given<ScopedResourceSelectorRequirement>,
): readonly FieldError[] {
  const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
  return [
    ...(scopes.includes(scopeName) ? [] : [notSupported(`${path}.scopeName`, scopeName, scopes)]),
    ...(yesOrNo.includes(scopeName) && operator !== 'Exists'
      ? [
          invalidValue(
            `${path}.operator`,
            operator,
            "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
          ),
        ]
      : []),
    ...(operators.includes(operator)
      ? []
      : [invalidValue(`${path}.operator`, operator, 'not a valid selector operator')]),
    ...(existence.includes(operator) && values.length > 0
      ? [
          invalidValue(
            `${path}.values`,
            values,
            "must be no value when 'operator' is 'Exists' or 'DoesNotExist' for scope selector",
          ),
        ]
      : []),
    ...(['In', 'NotIn'].includes(operator) && values.length === 0
      ? [
          required(
            `${path}.values`,
            "must be at least one value when 'operator' is 'In' or 'NotIn' for scope selector",
          ),
        ]
      : []),
  ];
}
