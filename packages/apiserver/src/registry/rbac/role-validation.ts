import type { FieldError, PolicyRule, RbacV1Subject, RoleRef } from '@berth/api';
import { invalidValue, isDeepEqual, notSupported, required } from '@berth/api';
import { checkPathSegment, checkSubdomain } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';

/** Rules of a Role speak of resources; those of a ClusterRole also of paths. */
export const validateRules = (
  rules: readonly Given<PolicyRule>[],
  namespaced: boolean,
): readonly FieldError[] =>
  rules.flatMap((rule, i) => [
    ...(rule.verbs?.length
      ? []
      : [required(`rules[${i}].verbs`, 'verbs must contain at least one value')]),
    ...(rule.nonResourceURLs?.length
      ? validatePathRule(`rules[${i}].nonResourceURLs`, rule, namespaced)
      : validateResourceRule(`rules[${i}]`, rule)),
  ]);

function validatePathRule(
  path: string,
  { nonResourceURLs, apiGroups, resources, resourceNames }: Given<PolicyRule>,
  namespaced: boolean,
): readonly FieldError[] {
  const both = [apiGroups, resources, resourceNames].some((list) => list?.length);
  return [
    ...(namespaced
      ? [invalidValue(path, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs')]
      : []),
    ...(both
      ? [
          invalidValue(
            path,
            nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        ]
      : []),
  ];
}

const validateResourceRule = (
  path: string,
  { apiGroups, resources }: Given<PolicyRule>,
): readonly FieldError[] => [
  ...(apiGroups?.length
    ? []
    : [required(`${path}.apiGroups`, 'resource rules must supply at least one api group')]),
  ...(resources?.length
    ? []
    : [required(`${path}.resources`, 'resource rules must supply at least one resource')]),
];

/** Which role a binding gives, and to whom. */
export function validateBinding(
  roleRef: Given<RoleRef>,
  subjects: readonly Given<RbacV1Subject>[],
  kinds: readonly ('Role' | 'ClusterRole')[],
): readonly FieldError[] {
  const { apiGroup = '', kind = '', name } = roleRef;
  const known: readonly string[] = kinds;
  return [
    ...(apiGroup === rbacGroup ? [] : [notSupported('roleRef.apiGroup', apiGroup, [rbacGroup])]),
    ...(known.includes(kind) ? [] : [notSupported('roleRef.kind', kind, kinds)]),
    ...(name ? checkPathSegment('roleRef.name', name) : [required('roleRef.name')]),
    ...subjects.flatMap((subject, i) =>
      validateSubject(`subjects[${i}]`, subject, kinds.includes('Role')),
    ),
  ];
}

function validateSubject(
  path: string,
  { apiGroup = '', kind = '', name, namespace }: Given<RbacV1Subject>,
  namespaced: boolean,
): readonly FieldError[] {
  const needsName = name ? [] : [required(`${path}.name`)];
  switch (kind) {
    case 'ServiceAccount':
      return [
        ...needsName,
        ...(name ? checkSubdomain(`${path}.name`, name) : []),
        ...(apiGroup ? [notSupported(`${path}.apiGroup`, apiGroup, [''])] : []),
        ...(!namespaced && !namespace ? [required(`${path}.namespace`)] : []),
      ];
    case 'User':
    case 'Group':
      return [
        ...needsName,
        ...(apiGroup === rbacGroup
          ? []
          : [notSupported(`${path}.apiGroup`, apiGroup, [rbacGroup])]),
      ];
    default:
      return [
        ...needsName,
        notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']),
      ];
  }
}

/** Another role is another binding: who may bind was asked for the first one. */
export const checkRoleRefKept = (roleRef: RoleRef, old: RoleRef): readonly FieldError[] =>
  isDeepEqual(roleRef, old) ? [] : [invalidValue('roleRef', roleRef, 'cannot change roleRef')];
