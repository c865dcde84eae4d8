import type { ClusterRole, FieldError, Role } from '@berth/api';
import { clusterRoles as clusterRolesType, required, roles as rolesType } from '@berth/api';
import { createdAtColumn, nameColumn } from '../core/columns.ts';
import { checkLabelSelector } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { validateRules } from './role-validation.ts';

export const roles: Strategy<Role> = {
  type: rolesType,
  validate: validateRole,
  validateUpdate: validateRole,
  columns: [nameColumn, createdAtColumn],
  nameKind: 'path-segment',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

export const clusterRoles: Strategy<ClusterRole> = {
  type: clusterRolesType,
  validate: validateClusterRole,
  validateUpdate: validateClusterRole,
  columns: [nameColumn, createdAtColumn],
  nameKind: 'path-segment',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

function validateRole(role: Role): readonly FieldError[] {
  return validateRules(asGiven(role).rules ?? [], true);
}

function validateClusterRole(role: ClusterRole): readonly FieldError[] {
  const { rules = [], aggregationRule } = asGiven(role);
  const selectors = aggregationRule?.clusterRoleSelectors ?? [];
  const path = 'aggregationRule.clusterRoleSelectors';
  return [
    ...validateRules(rules, false),
    ...(aggregationRule && selectors.length === 0
      ? [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
      : []),
    ...selectors.flatMap((selector, i) => checkLabelSelector(`${path}[${i}]`, selector)),
  ];
}
