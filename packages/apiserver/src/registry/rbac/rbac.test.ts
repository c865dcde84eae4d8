import assert from 'node:assert/strict';
import type { ClusterRole, FieldError, RoleBinding } from '@berth/api';
import { createdAt, makeMetadata } from '@berth/api/testing';
import { clusterRoleBindings, roleBindings } from './role-bindings.ts';
import { clusterRoles, roles } from './roles.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const metadata = makeMetadata('a');

describe('roles', () => {
  it('refuse rules that allow nothing', () => {
    const rules = [
      { verbs: [] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['get'], nonResourceURLs: ['/healthz'], resources: ['pods'] },
    ];
    const mixed = 'rules cannot apply to both regular resources and non-resource URLs';
    assert.deepEqual(texts(roles.validate?.({ metadata, rules })), [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
      'rules[2].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
      `rules[2].nonResourceURLs: Invalid value: ["/healthz"]: ${mixed}`,
    ]);
    assert.deepEqual(texts(clusterRoles.validate?.({ metadata, rules: rules.slice(2) })), [
      `rules[0].nonResourceURLs: Invalid value: ["/healthz"]: ${mixed}`,
    ]);
  });

  it('refuse to be made of no others', () => {
    const role: ClusterRole = { metadata, aggregationRule: {} };
    assert.deepEqual(texts(clusterRoles.validate?.(role)), [
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
  });

  it('are shown with the time they were made', () => {
    assert.deepEqual(
      roles.columns.map(({ name, cell }) => [name, cell({ metadata }, 0)]),
      [
        ['Name', 'a'],
        ['Created At', createdAt],
      ],
    );
  });
});

describe('role bindings', () => {
  const group = 'rbac.authorization.k8s.io';
  const bindingOf = (rest: Partial<RoleBinding> = {}): RoleBinding => {
    const binding = { metadata, roleRef: { kind: 'Role', name: 'r' }, ...rest };
    return roleBindings.defaults?.(binding) ?? binding;
  };

  it('belong to their own group', () => {
    const binding = bindingOf({
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's' },
      ],
    });
    assert.deepEqual(binding.roleRef, { kind: 'Role', name: 'r', apiGroup: group });
    assert.deepEqual(binding.subjects, [
      { kind: 'User', name: 'u', apiGroup: group },
      { kind: 'ServiceAccount', name: 's' },
    ]);
  });

  it('refuse what cannot be bound', () => {
    const binding = bindingOf({
      roleRef: { apiGroup: 'x', kind: 'Pod', name: '' },
      subjects: [
        { kind: 'Robot', name: '' },
        { kind: 'Group', name: 'g', apiGroup: 'x' },
        { kind: 'ServiceAccount', name: 's', apiGroup: 'x' },
      ],
    });
    assert.deepEqual(texts(roleBindings.validate?.(binding)), [
      `roleRef.apiGroup: Unsupported value: "x": supported values: "${group}"`,
      'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"',
      'roleRef.name: Required value',
      'subjects[0].name: Required value',
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
      `subjects[1].apiGroup: Unsupported value: "x": supported values: "${group}"`,
      'subjects[2].apiGroup: Unsupported value: "x": supported values: ""',
    ]);
    const cluster = { ...bindingOf({ subjects: [{ kind: 'ServiceAccount', name: 's' }] }) };
    assert.deepEqual(texts(clusterRoleBindings.validate?.(cluster)), [
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].namespace: Required value',
    ]);
  });

  it('keep their role', () => {
    const other = bindingOf({ roleRef: { kind: 'Role', name: 'other' } });
    assert.deepEqual(texts(roleBindings.validateUpdate?.(other, bindingOf())), [
      `roleRef: Invalid value: {"kind":"Role","name":"other","apiGroup":"${group}"}: cannot change roleRef`,
    ]);
  });

  it('are shown as kubectl shows them', () => {
    const binding = bindingOf({
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'Group', name: 'g' },
        { kind: 'User', name: 'v' },
        { kind: 'ServiceAccount', name: 's', namespace: 'n' },
      ],
    });
    assert.deepEqual(
      roleBindings.columns.map(({ cell }) => cell(binding, Date.parse(createdAt))),
      ['a', 'Role/r', '0s', 'u, v', 'g', 'n/s'],
    );
  });
});
