import { invalidEach, invalidValue, notSupported, qualifiedName } from '@berth/api';
import type { FieldError, NodeAffinity, NodeSelectorTerm } from '@berth/api';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

/** What is wrong with the terms of a node affinity that a configuration adds to every pod. */
export function validateNodeAffinity(
  {
    requiredDuringSchedulingIgnoredDuringExecution: needed,
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  }: NodeAffinity,
  path: string,
): readonly FieldError[] {
  const terms = needed?.nodeSelectorTerms ?? [];
  return [
    ...terms.flatMap((term, i) =>
      checkTerm(
        term,
        `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`,
      ),
    ),
    ...preferred.flatMap(({ preference }, i) =>
      checkTerm(
        preference,
        `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`,
      ),
    ),
  ];
}

const checkTerm = (
  { matchExpressions = [], matchFields = [] }: Partial<NodeSelectorTerm> = {},
  path: string,
): readonly FieldError[] => [
  ...matchExpressions.flatMap((one, i) => checkExpression(one, `${path}.matchExpressions[${i}]`)),
  ...matchFields.flatMap((one, i) => checkField(one, `${path}.matchFields[${i}]`)),
];

function checkExpression(
  { key = '', operator = '', values = [] }: Partial<Requirement>,
  path: string,
): readonly FieldError[] {
  if (!operators.includes(operator)) return [notSupported(`${path}.operator`, operator, operators)];
  return [
    ...invalidEach(`${path}.key`, key, qualifiedName(key)),
    ...checkValues(operator, values).map((why) => invalidValue(`${path}.values`, values, why)),
  ];
}

function checkValues(operator: string, values: readonly string[]): readonly string[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0 ? [] : ["for 'in', 'notin' operators, values set can't be empty"];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0 ? [] : ['values set must be empty for exists and does not exist'];
    default:
      if (values.length !== 1) return ["for 'Gt', 'Lt' operators, exactly one value is required"];
      return /^[-+]?\d+$/.test(values[0]!)
        ? []
        : ["for 'Gt', 'Lt' operators, the value must be an integer"];
  }
}

function checkField(
  { key = '', operator = '', values = [] }: Partial<Requirement>,
  path: string,
): readonly FieldError[] {
  return [
    ...(key === 'metadata.name' ? [] : [notSupported(`${path}.key`, key, ['metadata.name'])]),
    ...(operator === 'In' || operator === 'NotIn'
      ? values.length === 1
        ? []
        : [invalidValue(`${path}.values`, values, 'must have one element')]
      : [notSupported(`${path}.operator`, operator, ['In', 'NotIn'])]),
  ];
}
