import assert from 'node:assert/strict';
import { clusterRoles, isForbidden, roleBindings, roles } from '@berth/api';
import type { PolicyRule, ResourceType } from '@berth/api';
import fc from 'fast-check';
import { escalationCheck, uncovered } from './escalation.ts';

const rule = (verbs: string, resources: string, names: string[] = []): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: [''],
  resources: resources.split(' '),
  ...(names.length > 0 && { resourceNames: names }),
});

describe('uncovered', () => {
  const table: readonly (readonly [string, PolicyRule[], PolicyRule[], number])[] = [
    ['the same', [rule('get', 'pods')], [rule('get', 'pods')], 0],
    ['more verbs', [rule('get', 'pods')], [rule('get list', 'pods')], 1],
    [
      'parts from several rules',
      [rule('get', 'pods'), rule('list', 'pods')],
      [rule('get list', 'pods')],
      0,
    ],
    ['one name of many', [rule('get', 'pods')], [rule('get', 'pods', ['a'])], 0],
    ['all names out of one', [rule('get', 'pods', ['a'])], [rule('get', 'pods')], 1],
    ['a subresource', [rule('get', 'pods')], [rule('get', 'pods/log')], 1],
    ['a subresource by pattern', [rule('get', '*/scale')], [rule('get', 'pods/scale')], 0],
    ['everything', [rule('*', '*')], [rule('get', 'pods/log'), rule('*', '*')], 0],
    ['a star without a star', [rule('get list watch', 'pods')], [rule('*', 'pods')], 1],
    [
      'paths below a path',
      [{ verbs: ['get'], nonResourceURLs: ['/api/*'] }],
      [{ verbs: ['get'], nonResourceURLs: ['/api/v1', '/api/*', '/apis'] }],
      1,
    ],
  ];
  for (const [title, owned, wanted, missing] of table) {
    it(`${missing ? 'misses' : 'covers'} ${title}`, () => {
      assert.equal(uncovered(owned, wanted).length, missing);
    });
  }

  const words = (...values: string[]) =>
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
  const anyRule = fc.record({
    verbs: words('get', 'list', '*'),
    apiGroups: words('', 'apps', '*'),
    resources: words('pods', 'pods/log', '*/log', '*'),
  });

  it('never misses what somebody owns, and never covers out of nothing', () => {
    fc.assert(fc.property(fc.array(anyRule), (rules) => uncovered(rules, rules).length === 0));
    fc.assert(fc.property(anyRule, (wanted) => uncovered([], [wanted]).length > 0));
  });
});

describe('escalationCheck', () => {
  const meta = { name: 'x', namespace: 'n', uid: '', creationTimestamp: '', resourceVersion: '' };
  const judge = async (
    type: ResourceType,
    object: object,
    { may = '', old }: { readonly may?: string; readonly old?: object } = {},
  ) => {
    const check = escalationCheck({
      authorize: async ({ verb }) => ({ allowed: verb === may, reason: '' }),
      rulesFor: () => [rule('get', 'pods')],
      roleRules: (_kind, _namespace, name) =>
        name === 'gone' ? undefined : [rule(name === 'reader' ? 'get' : '*', 'pods')],
    });
    await check.validate?.({
      operation: old ? 'UPDATE' : 'CREATE',
      type,
      subresource: '',
      namespace: 'n',
      name: 'x',
      object: { metadata: meta, ...object },
      ...(old && { old: { metadata: meta, ...old } }),
      user: { name: 'jane', groups: [] },
      dryRun: false,
      warn: () => undefined,
    });
  };
  const bind = (name: string) => ({ roleRef: { kind: 'Role', name, apiGroup: '' }, subjects: [] });

  it('lets people give what they have, and nothing else', async () => {
    await judge(roles, { rules: [rule('get', 'pods')] });
    await judge(roleBindings, bind('reader'));
    await assert.rejects(judge(roles, { rules: [rule('delete', 'pods')] }), (err) => {
      assert.ok(isForbidden(err));
      assert.match(
        err.message,
        /is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["delete"\]\}$/,
      );
      return true;
    });
    await assert.rejects(judge(roleBindings, bind('admin')), isForbidden);
    await assert.rejects(judge(roleBindings, bind('gone')), isForbidden);
  });

  it('lets those who may escalate or bind', async () => {
    await judge(roles, { rules: [rule('delete', 'pods')] }, { may: 'escalate' });
    await judge(roleBindings, bind('admin'), { may: 'bind' });
    await judge(roleBindings, bind('gone'), { may: 'bind' });
  });

  it('does not look at what was there before', async () => {
    const rules = [rule('delete', 'pods')];
    await judge(roles, { rules }, { old: { rules } });
    await judge(roleBindings, bind('admin'), { old: bind('admin') });
    await assert.rejects(
      judge(
        roleBindings,
        { ...bind('admin'), subjects: [{ kind: 'User', name: 'eve' }] },
        { old: bind('admin') },
      ),
      isForbidden,
    );
  });

  it('takes an aggregation rule for everything it may ever select', async () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
    await assert.rejects(judge(clusterRoles, { aggregationRule }), isForbidden);
    await judge(clusterRoles, { aggregationRule }, { old: { aggregationRule } });
  });
});
