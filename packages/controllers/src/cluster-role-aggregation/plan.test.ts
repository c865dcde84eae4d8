import assert from 'node:assert/strict';
import type { ClusterRole, PolicyRule } from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { planAggregation } from './plan.ts';

const rule = (verb: string): PolicyRule => ({
  verbs: [verb],
  apiGroups: [''],
  resources: ['pods'],
});
const role = (name: string, verbs: readonly string[], rest: Partial<ClusterRole> = {}) => ({
  metadata: makeMetadata(name, { labels: { to: 'sum' } }),
  rules: verbs.map(rule),
  ...rest,
});
const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { to: 'sum' } }] };

describe('planAggregation', () => {
  it('adds up the rules of what is selected, by name, each once and never its own', () => {
    const sum = role('m', ['own'], { aggregationRule });
    const planned = planAggregation(sum, [role('z', ['get', 'list']), sum, role('a', ['list'])]);
    assert.deepEqual(planned, [rule('list'), rule('get')]);
    const settled = { ...sum, rules: planned };
    assert.equal(
      planAggregation(settled, [role('z', ['get', 'list']), settled, role('a', ['list'])]),
      undefined,
    );
  });

  it('takes away what nobody gives any more, and leaves other roles alone', () => {
    assert.deepEqual(planAggregation(role('m', ['get'], { aggregationRule }), []), []);
    assert.equal(planAggregation(role('m', ['get']), []), undefined);
  });
});
