import assert from 'node:assert/strict';
import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '@berth/api';
import { createRbacIndex } from './rbac-index.ts';

const meta = (name: string, more: object = {}) => ({
  name,
  uid: name,
  creationTimestamp: '',
  resourceVersion: '1',
  ...more,
});
const clusterRole = (name: string, verbs: string[], labels = {}): ClusterRole => ({
  metadata: meta(name, { labels }),
  rules: [{ verbs, apiGroups: [''], resources: ['pods'] }],
});
const subjects = (...groups: string[]) => groups.map((name) => ({ kind: 'Group', name }));
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' };
const user = { name: 'jane', groups: ['a', 'b'] };

describe('createRbacIndex', () => {
  it('finds each binding of a user once, and forgets what it no longer says', () => {
    const index = createRbacIndex();
    const binding = (...groups: string[]): ClusterRoleBinding => ({
      metadata: meta('b'),
      roleRef,
      subjects: subjects(...groups),
    });
    const names = () => [...index.clusterRoleBindings(user)].map(({ metadata }) => metadata.name);
    const { clusterRoleBindings } = index.sinks;
    clusterRoleBindings.replace([binding('a', 'b')]);
    assert.deepEqual(names(), ['b']);
    clusterRoleBindings.put(binding('c'));
    assert.deepEqual(names(), []);
    clusterRoleBindings.put(binding('b'));
    assert.deepEqual(names(), ['b']);
    clusterRoleBindings.remove(binding());
    assert.deepEqual(names(), []);
  });

  it('keeps namespaces apart and knows service accounts as users', () => {
    const index = createRbacIndex();
    const binding: RoleBinding = {
      metadata: meta('b', { namespace: 'n' }),
      roleRef,
      subjects: [{ kind: 'ServiceAccount', name: 'bot' }],
    };
    index.sinks.roleBindings.replace([binding]);
    const bot = { name: 'system:serviceaccount:n:bot', groups: [] };
    assert.deepEqual([...index.roleBindings(bot, 'n')], [binding]);
    assert.deepEqual([...index.roleBindings(bot, 'm')], []);
    assert.deepEqual([...index.roleBindings(user, 'n')], []);
  });

  it('adds up aggregated roles as the roles they select come and go', () => {
    const index = createRbacIndex();
    const all: ClusterRole = {
      metadata: meta('all'),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] },
    };
    const verbs = () => (index.clusterRole('all')?.rules ?? []).flatMap((rule) => rule.verbs);
    const { clusterRoles } = index.sinks;
    clusterRoles.replace([
      all,
      clusterRole('one', ['get'], { part: 'yes' }),
      clusterRole('no', ['*']),
    ]);
    assert.deepEqual(verbs(), ['get']);
    clusterRoles.put(clusterRole('two', ['list'], { part: 'yes' }));
    assert.deepEqual(verbs(), ['get', 'list']);
    clusterRoles.remove(clusterRole('one', []));
    assert.deepEqual(verbs(), ['list']);
  });
});
