import type {
  KubeObject,
  MutatingAdmissionPolicy,
  ParamKind,
  ValidatingAdmissionPolicy,
} from '@berth/api';
import {
  mutatingAdmissionPolicies as mutatingType,
  validatingAdmissionPolicies as validatingType,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Column, Strategy } from '../strategy.ts';
import { withMatchDefaults } from './match-resources.ts';
import {
  checkMutatingPolicy,
  checkValidatingPolicy,
  checkValidatingPolicyStatus,
} from './policy-validation.ts';

const paramKindColumn: Column<KubeObject & { readonly spec: { readonly paramKind?: ParamKind } }> =
  {
    name: 'ParamKind',
    type: 'string',
    description: 'The kind of the parameters.',
    cell: (policy) => {
      const { paramKind } = asGiven(policy).spec ?? {};
      return paramKind ? `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}` : '<unset>';
    },
  };

const withDefaults = <
  S extends ValidatingAdmissionPolicy['spec'] | MutatingAdmissionPolicy['spec'],
>(
  spec: S | undefined,
): S =>
  ({
    ...spec,
    failurePolicy: spec?.failurePolicy ?? 'Fail',
    ...(spec?.matchConstraints && { matchConstraints: withMatchDefaults(spec.matchConstraints) }),
  }) as S;

const validateValidating = (policy: ValidatingAdmissionPolicy) =>
  checkValidatingPolicy(policy.metadata.name, asGiven(policy).spec ?? {});

export const validatingAdmissionPolicies: Strategy<ValidatingAdmissionPolicy> = {
  type: validatingType,
  defaults: (policy) => ({ ...policy, spec: withDefaults(policy.spec) }),
  prepareForCreate: ({ status: _, ...policy }) => policy,
  prepareForUpdate: ({ status: _, ...policy }, old) => ({
    ...policy,
    ...(old.status && { status: old.status }),
  }),
  validate: validateValidating,
  validateUpdate: validateValidating,
  status: {
    keepsMeta: true,
    validateUpdate: (policy) => checkValidatingPolicyStatus(asGiven(policy).status ?? {}),
  },
  columns: [
    nameColumn,
    {
      name: 'Validations',
      type: 'integer',
      description: 'How many validations there are.',
      cell: (policy) => asGiven(policy).spec?.validations?.length ?? 0,
    },
    paramKindColumn,
    ageColumn,
  ],
};

const validateMutating = (policy: MutatingAdmissionPolicy) =>
  checkMutatingPolicy(asGiven(policy).spec ?? {});

export const mutatingAdmissionPolicies: Strategy<MutatingAdmissionPolicy> = {
  type: mutatingType,
  defaults: (policy) => ({ ...policy, spec: withDefaults(policy.spec) }),
  validate: validateMutating,
  validateUpdate: validateMutating,
  columns: [
    nameColumn,
    {
      name: 'Mutations',
      type: 'integer',
      description: 'How many mutations there are.',
      cell: (policy) => asGiven(policy).spec?.mutations?.length ?? 0,
    },
    paramKindColumn,
    ageColumn,
  ],
};
