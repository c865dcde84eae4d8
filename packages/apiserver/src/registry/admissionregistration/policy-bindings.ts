import type {
  FieldError,
  KubeObject,
  LabelSelector,
  MatchResources,
  MutatingAdmissionPolicyBinding,
  ParamRef,
  ValidatingAdmissionPolicyBinding,
} from '@berth/api';
import {
  at,
  duplicate,
  invalidValue,
  mutatingAdmissionPolicyBindings as mutatingType,
  notSupported,
  required,
  validatingAdmissionPolicyBindings as validatingType,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkSubdomain } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { checkMatchResources, withMatchDefaults } from './match-resources.ts';
import { checkParamRef } from './params.ts';

interface BindingSpec {
  readonly policyName?: string;
  readonly paramRef?: ParamRef;
  readonly matchResources?: MatchResources;
}

interface Binding extends KubeObject {
  readonly spec: BindingSpec;
}

/** `matchField` is the last part of the path at which problems of the match are told. */
function strategyFor<T extends Binding>(matchField: string): Omit<Strategy<T>, 'type'> {
  const validate = (binding: T) => checkBinding(asGiven<Binding>(binding).spec ?? {}, matchField);
  return {
    defaults: withDefaults,
    validate,
    validateUpdate: validate,
    columns: [
      nameColumn,
      {
        name: 'PolicyName',
        type: 'string',
        description: 'The policy that is put to work.',
        cell: (binding) => asGiven<Binding>(binding).spec?.policyName ?? '',
      },
      {
        name: 'ParamRef',
        type: 'string',
        description: 'Its parameters.',
        cell: (binding) => formatParamRef(asGiven<Binding>(binding).spec?.paramRef),
      },
      ageColumn,
    ],
  };
}

function withDefaults<T extends Binding>(binding: T): T {
  const { matchResources } = asGiven<Binding>(binding).spec ?? {};
  return matchResources
    ? {
        ...binding,
        spec: {
          ...binding.spec,
          matchResources: withMatchDefaults(matchResources as MatchResources),
        },
      }
    : binding;
}

const checkBinding = (
  { policyName, paramRef, matchResources }: Given<BindingSpec>,
  matchField: string,
): readonly FieldError[] => [
  ...(policyName ? checkSubdomain('spec.policyName', policyName) : [required('spec.policyName')]),
  ...(paramRef ? checkParamRef('spec.paramRef', paramRef) : []),
  ...(matchResources ? checkMatchResources(at('spec', matchField), matchResources) : []),
];

export const mutatingAdmissionPolicyBindings: Strategy<MutatingAdmissionPolicyBinding> = {
  ...strategyFor<MutatingAdmissionPolicyBinding>('matchResources'),
  type: mutatingType,
};

// Upstream misspells this path, and clients may know it.
const validating = strategyFor<ValidatingAdmissionPolicyBinding>('matchResouces');

const validateValidating = (binding: ValidatingAdmissionPolicyBinding) => [
  ...(validating.validate?.(binding) ?? []),
  ...checkActions('spec.validationActions', asGiven(binding).spec?.validationActions ?? []),
];

export const validatingAdmissionPolicyBindings: Strategy<ValidatingAdmissionPolicyBinding> = {
  ...validating,
  type: validatingType,
  validate: validateValidating,
  validateUpdate: validateValidating,
};

const actions = ['Audit', 'Deny', 'Warn'];
const denyAndWarn =
  'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';

const checkActions = (path: string, given: readonly string[]): readonly FieldError[] => [
  ...given.flatMap((action, i) => [
    ...(actions.includes(action) ? [] : [notSupported(at(path, i), action, actions)]),
    ...(given.indexOf(action) < i ? [duplicate(at(path, i), action)] : []),
  ]),
  ...(given.includes('Deny') && given.includes('Warn')
    ? [invalidValue(path, given, denyAndWarn)]
    : []),
  ...(given.length ? [] : [required(path, 'at least one validation action is required')]),
];

function formatParamRef(ref: Given<ParamRef> | undefined): string {
  if (ref?.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;
  return ref?.selector ? formatLabelSelector(ref.selector) : '<unset>';
}

/** As Go prints the struct, for that is what people see. */
function formatLabelSelector({
  matchLabels = {},
  matchExpressions = [],
}: Given<LabelSelector>): string {
  const labels = Object.entries(matchLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const expressions = matchExpressions.map(
    ({ key = '', operator = '', values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
