import assert from 'node:assert/strict';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '@berth/api';
import fc from 'fast-check';
import type { UserInfo } from '../request.ts';
import type { Attributes } from './attributes.ts';
import { refusal } from './forbidden.ts';
import { rbacAuthorizer, ruleAllows } from './rbac.ts';
import type { RbacData } from './rbac.ts';

const user: UserInfo = { name: 'jane', groups: ['dev', 'system:authenticated'] };

const attempt = (over: Partial<Attributes> = {}): Attributes => ({
  user,
  verb: 'get',
  isResource: true,
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'n',
  name: 'p',
  path: '',
  ...over,
});

const subject = (kind: string, name: string, namespace?: string) => ({
  kind,
  name,
  ...(namespace && { namespace }),
});

const meta = (name: string, namespace?: string) => ({
  name,
  ...(namespace && { namespace }),
  uid: name,
  creationTimestamp: '2026-01-01T00:00:00Z',
  resourceVersion: '1',
});

interface World {
  readonly clusterRoles?: readonly ClusterRole[];
  readonly roles?: readonly Role[];
  readonly clusterRoleBindings?: readonly ClusterRoleBinding[];
  readonly roleBindings?: readonly RoleBinding[];
}

const dataOf = (world: World): RbacData => ({
  clusterRole: (name) => world.clusterRoles?.find(({ metadata }) => metadata.name === name),
  role: (namespace, name) =>
    world.roles?.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
  clusterRoleBindings: () => world.clusterRoleBindings ?? [],
  roleBindings: (_user, namespace) =>
    (world.roleBindings ?? []).filter(({ metadata }) => metadata.namespace === namespace),
});

const decide = (world: World, attributes: Attributes) => rbacAuthorizer(dataOf(world))(attributes);
const allowed = async (world: World, attributes: Attributes) =>
  Boolean((await decide(world, attributes))?.allowed);

const readPods: PolicyRule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const roleRef = (kind: string, name: string) => ({
  apiGroup: 'rbac.authorization.k8s.io',
  kind,
  name,
});

describe('ruleAllows', () => {
  const table: readonly (readonly [string, Partial<PolicyRule>, Partial<Attributes>, boolean])[] = [
    ['the exact resource', {}, {}, true],
    ['another verb', {}, { verb: 'list' }, false],
    ['every verb', { verbs: ['*'] }, { verb: 'list' }, true],
    ['another group', {}, { group: 'apps' }, false],
    ['every group', { apiGroups: ['*'] }, { group: 'apps' }, true],
    ['a subresource that is not named', {}, { subresource: 'log' }, false],
    ['a subresource that is named', { resources: ['pods/log'] }, { subresource: 'log' }, true],
    ['the subresource of everything', { resources: ['*/scale'] }, { subresource: 'scale' }, true],
    ['everything and its parts', { resources: ['*'] }, { subresource: 'exec' }, true],
    ['a name on the list', { resourceNames: ['p'] }, {}, true],
    ['a name that is not on the list', { resourceNames: ['q'] }, {}, false],
    ['no name where names are listed', { resourceNames: ['p'] }, { name: '' }, false],
  ];
  for (const [title, rule, over, expected] of table) {
    it(`${expected ? 'allows' : 'does not allow'} ${title}`, () => {
      assert.equal(ruleAllows({ ...readPods, ...rule }, attempt(over)), expected);
    });
  }

  it('matches paths exactly, or by what comes before a final star', () => {
    const rule = { verbs: ['get'], nonResourceURLs: ['/healthz', '/api/*'] };
    const path = (path: string) => ruleAllows(rule, attempt({ isResource: false, path }));
    assert.ok(path('/healthz') && path('/api/v1'));
    assert.ok(!path('/healthz/etcd') && !path('/api') && !path('/metrics'));
  });

  it('never lets a rule for paths allow a resource, or the other way round', () => {
    const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
    assert.ok(!ruleAllows(everything, attempt({ isResource: false, path: '/metrics' })));
    assert.ok(!ruleAllows({ verbs: ['*'], nonResourceURLs: ['*'] }, attempt()));
  });
});

describe('rbacAuthorizer', () => {
  const clusterRole: ClusterRole = { metadata: meta('reader'), rules: [readPods] };

  it('grants a cluster role in one namespace through a role binding only', async () => {
    const world: World = {
      clusterRoles: [clusterRole],
      roleBindings: [
        {
          metadata: meta('b', 'n'),
          roleRef: roleRef('ClusterRole', 'reader'),
          subjects: [subject('Group', 'dev')],
        },
      ],
    };
    const { allowed: yes, reason } = (await decide(world, attempt())) ?? {};
    assert.equal(yes, true);
    assert.equal(
      reason,
      'RBAC: allowed by RoleBinding "b/n" of ClusterRole "reader" to Group "dev"',
    );
    assert.ok(!(await allowed(world, attempt({ namespace: 'other' }))));
    assert.ok(!(await allowed(world, attempt({ namespace: '' }))));
  });

  it('knows a service account by its user name, in the namespace of the binding by default', async () => {
    const account = { name: 'system:serviceaccount:n:bot', groups: [] };
    const world: World = {
      roles: [{ metadata: meta('reader', 'n'), rules: [readPods] }],
      roleBindings: [
        {
          metadata: meta('b', 'n'),
          roleRef: roleRef('Role', 'reader'),
          subjects: [subject('ServiceAccount', 'bot')],
        },
      ],
    };
    assert.ok(await allowed(world, attempt({ user: account })));
    assert.ok(!(await allowed(world, attempt())));
  });

  it('says which role is missing', async () => {
    const world: World = {
      clusterRoleBindings: [
        {
          metadata: meta('b'),
          roleRef: roleRef('ClusterRole', 'gone'),
          subjects: [subject('User', 'jane')],
        },
      ],
    };
    const decision = await decide(world, attempt());
    assert.deepEqual(decision, {
      allowed: false,
      reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    });
  });

  const word = fc.constantFrom('a', 'b', '*');
  const rule = fc.record({
    verbs: fc.array(word, { minLength: 1, maxLength: 2 }),
    apiGroups: fc.array(word, { maxLength: 2 }),
    resources: fc.array(word, { maxLength: 2 }),
  });
  const request = fc.record({
    verb: fc.constantFrom('a', 'b'),
    group: fc.constantFrom('a', 'b'),
    resource: fc.constantFrom('a', 'b'),
  });
  const bound = (rules: readonly PolicyRule[]): World => ({
    clusterRoles: [{ metadata: meta('r'), rules }],
    clusterRoleBindings: [
      {
        metadata: meta('b'),
        roleRef: roleRef('ClusterRole', 'r'),
        subjects: [subject('User', 'jane')],
      },
    ],
  });

  it('never takes anything away when a rule is added', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rule), rule, request, async (rules, extra, asked) => {
        const before = await allowed(bound(rules), attempt(asked));
        const after = await allowed(bound([...rules, extra]), attempt(asked));
        return !before || after;
      }),
    );
  });

  it('gives nothing to somebody no binding names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rule), request, async (rules, asked) => {
        const stranger = { name: 'joe', groups: ['system:authenticated'] };
        return !(await allowed(bound(rules), attempt({ ...asked, user: stranger })));
      }),
    );
  });
});

describe('refusal', () => {
  const message = (over: Partial<Attributes>, reason = '') =>
    refusal(attempt(over), reason).status.message;

  it('uses the words clients look for', () => {
    assert.equal(
      message({}),
      'pods "p" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "n"',
    );
    assert.equal(
      message({ verb: 'list', namespace: '', name: '', group: 'apps', resource: 'deployments' }),
      'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope',
    );
    assert.equal(
      message({ subresource: 'log' }, 'RBAC: x'),
      'pods "p" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "n": RBAC: x',
    );
    assert.equal(
      message({ isResource: false, path: '/metrics' }),
      'forbidden: User "jane" cannot get path "/metrics"',
    );
  });
});
