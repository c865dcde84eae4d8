import type { FieldError, TopologySpreadConstraint } from '@berth/api';
import { duplicate, invalidValue, notSupported, required } from '@berth/api';
import { checkLabelSelector, checkOneOf } from '../field-checks.ts';
import type { Given } from '../given.ts';
import { checkKeysAskedTwice, validateLabelKeys } from './affinity.ts';

type Constraint = Given<TopologySpreadConstraint>;

export const validateTopologySpread = (
  path: string,
  constraints: readonly Constraint[],
): readonly FieldError[] =>
  constraints.flatMap((constraint, i) => [
    ...validateConstraint(`${path}[${i}]`, constraint),
    ...checkRepeated(`${path}[${i}]`, constraint, constraints.slice(i + 1)),
  ]);

function validateConstraint(path: string, constraint: Constraint): readonly FieldError[] {
  const { maxSkew = 0, whenUnsatisfiable = '', labelSelector, matchLabelKeys = [] } = constraint;
  return [
    ...(maxSkew > 0 ? [] : [invalidValue(`${path}.maxSkew`, maxSkew, 'must be greater than zero')]),
    ...(constraint.topologyKey ? [] : [required(`${path}.topologyKey`, 'can not be empty')]),
    ...(whenUnsatisfiable === 'DoNotSchedule' || whenUnsatisfiable === 'ScheduleAnyway'
      ? []
      : [
          notSupported(`${path}.whenUnsatisfiable`, whenUnsatisfiable, [
            'DoNotSchedule',
            'ScheduleAnyway',
          ]),
        ]),
    ...validateMinDomains(`${path}.minDomains`, constraint),
    ...checkOneOf(`${path}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, nodePolicies),
    ...checkOneOf(`${path}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, nodePolicies),
    ...validateLabelKeys(`${path}.matchLabelKeys`, matchLabelKeys, labelSelector),
    ...checkKeysAskedTwice(`${path}.matchLabelKeys`, matchLabelKeys, labelSelector),
    ...(labelSelector ? checkLabelSelector(`${path}.labelSelector`, labelSelector) : []),
  ];
}

const nodePolicies = ['Honor', 'Ignore'] as const;

function checkRepeated(
  path: string,
  { topologyKey = '', whenUnsatisfiable = '' }: Constraint,
  later: readonly Constraint[],
): readonly FieldError[] {
  return later.some(
    (other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
  )
    ? [
        duplicate(
          `${path}.{topologyKey, whenUnsatisfiable}`,
          `{${topologyKey}, ${whenUnsatisfiable}}`,
        ),
      ]
    : [];
}

function validateMinDomains(
  path: string,
  { minDomains, whenUnsatisfiable = '' }: Constraint,
): readonly FieldError[] {
  if (minDomains === undefined) return [];
  const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  return [
    ...(minDomains > 0 ? [] : [invalidValue(path, minDomains, 'must be greater than zero')]),
    ...(whenUnsatisfiable === 'DoNotSchedule' ? [] : [invalidValue(path, minDomains, why)]),
  ];
}
