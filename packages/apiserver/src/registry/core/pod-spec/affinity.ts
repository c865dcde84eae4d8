import type {
  Affinity,
  FieldError,
  LabelSelector,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '@berth/api';
import { forbiddenField, invalidValue, required } from '@berth/api';
import {
  checkDnsLabel,
  checkLabelSelector,
  checkLabelValue,
  checkQualifiedName,
  checkSubdomain,
} from '../field-checks.ts';
import type { Given } from '../given.ts';

const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
const wanted = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateAffinity(path: string, affinity: Given<Affinity>): readonly FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const nodeTerms = nodeAffinity?.[needed];
  return [
    ...(nodeTerms ? validateNodeSelector(`${path}.nodeAffinity.${needed}`, nodeTerms) : []),
    ...(nodeAffinity?.[wanted] ?? []).flatMap(({ weight, preference = {} }, i) => [
      ...checkWeight(`${path}.nodeAffinity.${wanted}[${i}].weight`, weight),
      // A preference that can match no node does no harm: its values are not looked at.
      ...validateNodeTerm(`${path}.nodeAffinity.${wanted}[${i}].preference`, preference, false),
    ]),
    ...(podAffinity ? validatePodAffinity(`${path}.podAffinity`, podAffinity) : []),
    ...(podAntiAffinity ? validatePodAffinity(`${path}.podAntiAffinity`, podAntiAffinity) : []),
  ];
}

const checkWeight = (path: string, weight = 0): readonly FieldError[] =>
  weight < 1 || weight > 100 ? [invalidValue(path, weight, 'must be in the range 1-100')] : [];

export function validateNodeSelector(
  path: string,
  { nodeSelectorTerms = [] }: Given<NodeSelector>,
): readonly FieldError[] {
  const at = `${path}.nodeSelectorTerms`;
  if (nodeSelectorTerms.length === 0) {
    return [required(at, 'must have at least one node selector term')];
  }
  return nodeSelectorTerms.flatMap((term, i) => validateNodeTerm(`${at}[${i}]`, term, true));
}

const validateNodeTerm = (
  path: string,
  { matchExpressions = [], matchFields = [] }: Given<NodeSelectorTerm>,
  checkValues: boolean,
): readonly FieldError[] => [
  ...matchExpressions.flatMap((requirement, i) =>
    validateExpression(`${path}.matchExpressions[${i}]`, requirement, checkValues),
  ),
  ...matchFields.flatMap((requirement, i) =>
    validateField(`${path}.matchFields[${i}]`, requirement),
  ),
];

function validateExpression(
  path: string,
  { key = '', operator = '', values = [] }: Given<NodeSelectorRequirement>,
  checkValues: boolean,
): readonly FieldError[] {
  return [
    ...checkOperator(path, operator, values.length),
    ...checkQualifiedName(`${path}.key`, key),
    ...(checkValues
      ? values.flatMap((value, i) => checkLabelValue(`${path}.values[${i}]`, value))
      : []),
  ];
}

function checkOperator(path: string, operator: string, count: number): readonly FieldError[] {
  const at = `${path}.values`;
  switch (operator) {
    case 'In':
    case 'NotIn':
      return count ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return count
        ? [forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
        : [];
    case 'Gt':
    case 'Lt':
      return count === 1
        ? []
        : [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalidValue(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

/** Of a node's fields only the name can be asked for, and only one name. */
function validateField(
  path: string,
  { key = '', operator = '', values = [] }: Given<NodeSelectorRequirement>,
): readonly FieldError[] {
  const listed = operator === 'In' || operator === 'NotIn';
  return [
    ...(listed && values.length !== 1
      ? [
          required(
            `${path}.values`,
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
          ),
        ]
      : []),
    ...(listed
      ? []
      : [invalidValue(`${path}.operator`, operator, 'not a valid selector operator')]),
    ...(key === 'metadata.name'
      ? values.flatMap((value, i) => checkSubdomain(`${path}.values[${i}]`, value))
      : [invalidValue(`${path}.key`, key, 'not a valid field selector key')]),
  ];
}

const validatePodAffinity = (path: string, affinity: Given<PodAffinity>): readonly FieldError[] => [
  ...(affinity[needed] ?? []).flatMap((term, i) =>
    validatePodTerm(`${path}.${needed}[${i}]`, term),
  ),
  ...(affinity[wanted] ?? []).flatMap(({ weight, podAffinityTerm = {} }, i) => [
    ...checkWeight(`${path}.${wanted}[${i}].weight`, weight),
    ...validatePodTerm(`${path}.${wanted}[${i}].podAffinityTerm`, podAffinityTerm),
  ]),
];

function validatePodTerm(path: string, term: Given<PodAffinityTerm>): readonly FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '' } = term;
  const { matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  return [
    ...(labelSelector ? checkLabelSelector(`${path}.labelSelector`, labelSelector) : []),
    ...(namespaceSelector
      ? checkLabelSelector(`${path}.namespaceSelector`, namespaceSelector)
      : []),
    ...namespaces.flatMap((name) => checkDnsLabel(`${path}.namespace`, name)),
    ...validateLabelKeys(`${path}.matchLabelKeys`, matchLabelKeys, labelSelector),
    ...validateLabelKeys(`${path}.mismatchLabelKeys`, mismatchLabelKeys, labelSelector),
    ...checkKeysAskedTwice(path, matchLabelKeys, labelSelector),
    ...matchLabelKeys.flatMap((key, i) =>
      mismatchLabelKeys.includes(key)
        ? [
            invalidValue(
              `${path}.matchLabelKeys[${i}]`,
              key,
              'exists in both matchLabelKeys and mismatchLabelKeys',
            ),
          ]
        : [],
    ),
    ...(topologyKey ? [] : [required(`${path}.topologyKey`, 'can not be empty')]),
    ...checkQualifiedName(`${path}.topologyKey`, topologyKey),
  ];
}

/** Keys of the pod's own labels that are merged into a selector. */
export function validateLabelKeys(
  path: string,
  keys: readonly string[],
  selector: Given<LabelSelector> | undefined,
): readonly FieldError[] {
  if (keys.length === 0) return [];
  if (!selector) {
    return [forbiddenField(path, 'must not be specified when labelSelector is not set')];
  }
  return keys.flatMap((key, i) => checkQualifiedName(`${path}[${i}]`, key));
}

/** The selector holds each of these keys once, merged in on creation; twice means it was written as well. */
export function checkKeysAskedTwice(
  path: string,
  keys: readonly string[],
  { matchLabels = {}, matchExpressions = [] }: Given<LabelSelector> = {},
): readonly FieldError[] {
  const asked = [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
  return keys.flatMap((key, i) =>
    asked.filter((other) => other === key).length > 1
      ? [invalidValue(`${path}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector')]
      : [],
  );
}
