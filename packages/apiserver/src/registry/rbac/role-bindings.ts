import type {
  ClusterRoleBinding,
  KubeObject,
  RbacV1Subject,
  RoleBinding,
  RoleRef,
} from '@berth/api';
import {
  clusterRoleBindings as clusterRoleBindingsType,
  roleBindings as roleBindingsType,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Column, Strategy } from '../strategy.ts';
import { checkRoleRefKept, rbacGroup, validateBinding } from './role-validation.ts';

interface Binding extends KubeObject {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly RbacV1Subject[];
}

const namesOf = (
  { subjects = [] }: Binding,
  kind: string,
  show: (subject: RbacV1Subject) => string = ({ name }) => name,
): string =>
  subjects
    .filter((subject) => subject.kind === kind)
    .map(show)
    .join(', ');

const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  {
    name: 'Role',
    type: 'string',
    description: 'The role that is given.',
    cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
  },
  ageColumn,
  {
    name: 'Users',
    type: 'string',
    description: 'Users who have the role.',
    priority: 1,
    cell: (binding) => namesOf(binding, 'User'),
  },
  {
    name: 'Groups',
    type: 'string',
    description: 'Groups whose members have the role.',
    priority: 1,
    cell: (binding) => namesOf(binding, 'Group'),
  },
  {
    name: 'ServiceAccounts',
    type: 'string',
    description: 'Service accounts that have the role.',
    priority: 1,
    cell: (binding) =>
      namesOf(binding, 'ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
  },
];

export const roleBindings: Strategy<RoleBinding> = {
  ...strategyFor<RoleBinding>(['Role', 'ClusterRole']),
  type: roleBindingsType,
};

export const clusterRoleBindings: Strategy<ClusterRoleBinding> = {
  ...strategyFor<ClusterRoleBinding>(['ClusterRole']),
  type: clusterRoleBindingsType,
};

function strategyFor<T extends Binding>(
  kinds: readonly ('Role' | 'ClusterRole')[],
): Omit<Strategy<T>, 'type'> {
  const validate = (binding: T) => {
    const { roleRef = {}, subjects = [] } = asGiven<Binding>(binding);
    return validateBinding(roleRef, subjects, kinds);
  };
  return {
    defaults: withGroups,
    validate,
    validateUpdate: (binding, old) => [
      ...validate(binding),
      ...checkRoleRefKept(binding.roleRef, old.roleRef),
    ],
    columns: bindingColumns,
    nameKind: 'path-segment',
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: true,
  };
}

/** Roles, users and groups belong to this API's group where nothing else is said; service accounts to the core. */
function withGroups<T extends Binding>(binding: T): T {
  const { roleRef, subjects } = asGiven<Binding>(binding);
  return {
    ...binding,
    roleRef: { ...roleRef, apiGroup: roleRef?.apiGroup || rbacGroup },
    ...(subjects && {
      subjects: subjects.map((subject) =>
        subject.kind === 'User' || subject.kind === 'Group'
          ? { ...subject, apiGroup: subject.apiGroup || rbacGroup }
          : subject,
      ),
    }),
  };
}
