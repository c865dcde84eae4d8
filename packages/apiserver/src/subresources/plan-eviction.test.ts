import assert from 'node:assert/strict';
import { StatusError } from '@berth/api';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus, PodStatus } from '@berth/api';
import { makePod, makePodDisruptionBudget } from '@berth/api/testing';
import fc from 'fast-check';
import { planEviction, spendDisruption } from './plan-eviction.ts';

const labels = { app: 'a' };
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const podOf = (status: PodStatus) => makePod('p', {}, { metadata: { labels }, status });
const counts = { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2, expectedPods: 3 };
const budgetOf = (
  status: Partial<PodDisruptionBudgetStatus> = {},
  name = 'a',
  spec: PodDisruptionBudget['spec'] = { selector: { matchLabels: labels } },
) => makePodDisruptionBudget(name, spec, { status: { ...counts, ...status } });

const refusal = (budget: PodDisruptionBudget) => {
  try {
    spendDisruption(budget, 'p', 0);
    return undefined;
  } catch (err) {
    return err instanceof StatusError ? err.status : undefined;
  }
};

describe('planEviction', () => {
  it('asks nobody about pods that have come to their end', () => {
    for (const phase of ['Succeeded', 'Failed'])
      assert.equal(planEviction(podOf({ phase }), [budgetOf()]).kind, 'delete');
    const leaving = podOf(ready);
    const metadata = { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    assert.equal(planEviction({ ...leaving, metadata }, [budgetOf()]).kind, 'delete');
    assert.deepEqual(planEviction(podOf({ phase: 'Pending' }), [budgetOf()]), {
      kind: 'delete-unchanged',
    });
  });

  it('asks the one budget that covers the pod', () => {
    const other = budgetOf({}, 'b', { selector: { matchLabels: { app: 'b' } } });
    const none = budgetOf({}, 'c', {});
    const broken = budgetOf({}, 'd', {
      selector: { matchExpressions: [{ key: 'app', operator: 'Near' }] },
    });
    assert.equal(planEviction(podOf(ready), [other, none, broken]).kind, 'delete');
    assert.deepEqual(planEviction(podOf(ready), [other, budgetOf()]), {
      kind: 'spend',
      budget: 'a',
    });
    const all = budgetOf({}, 'e', { selector: {} });
    assert.equal(planEviction(podOf(ready), [all]).kind, 'spend');
    const plan = planEviction(podOf(ready), [budgetOf(), all]);
    assert.ok(plan.kind === 'refuse');
    assert.equal(plan.error.status.code, 500);
    assert.equal(
      plan.error.message,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  });

  it('lets go of pods that are not ready, as the policy says', () => {
    const sick = podOf({ phase: 'Running' });
    const kind = (status: Partial<PodDisruptionBudgetStatus>, policy?: string) =>
      planEviction(sick, [
        budgetOf(status, 'a', {
          selector: { matchLabels: labels },
          ...(policy && { unhealthyPodEvictionPolicy: policy }),
        }),
      ]).kind;
    assert.equal(kind({}), 'delete-unchanged');
    assert.equal(kind({ currentHealthy: 1 }), 'spend');
    assert.equal(kind({ currentHealthy: 1 }, 'IfHealthyBudget'), 'spend');
    assert.equal(kind({ currentHealthy: 1 }, 'AlwaysAllow'), 'delete-unchanged');
    assert.equal(kind({ desiredHealthy: 0 }), 'spend');
  });
});

describe('spendDisruption', () => {
  it('takes one away and remembers the pod', () => {
    const spent = spendDisruption(budgetOf({ disruptionsAllowed: 2 }), 'p', 0).status;
    assert.equal(spent?.disruptionsAllowed, 1);
    assert.deepEqual(spent.disruptedPods, { p: '1970-01-01T00:00:00Z' });
    assert.equal(spent.conditions, undefined);
    const last = spendDisruption(budgetOf({ disruptionsAllowed: 1 }), 'p', 0).status;
    assert.equal(last?.conditions?.[0]?.reason, 'InsufficientPods');
  });

  it('refuses when there is none, with the words that clients show', () => {
    const status = refusal(budgetOf({ currentHealthy: 1 }));
    assert.equal(status?.code, 429);
    assert.equal(
      status.message,
      "Cannot evict pod as it would violate the pod's disruption budget.",
    );
    assert.deepEqual(status.details, {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget a needs 2 healthy pods and has 1 currently',
        },
      ],
    });
  });

  it('waits for who keeps the budget', () => {
    const budget = budgetOf({ disruptionsAllowed: 1, observedGeneration: 1 });
    const metadata = { ...budget.metadata, generation: 2 };
    assert.deepEqual(refusal({ ...budget, metadata })?.details, {
      retryAfterSeconds: 10,
      causes: [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget a is still being processed by the server.',
        },
      ],
    });
    const disruptedPods = Object.fromEntries(
      Array.from({ length: 2001 }, (_, i) => [`p${i}`, '2026-01-01T00:00:00Z']),
    );
    assert.equal(refusal(budgetOf({ disruptionsAllowed: 1, disruptedPods }))?.reason, 'Forbidden');
  });

  it('never lets more go than are allowed', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.array(fc.nat(20)), (allowed, pods) => {
        let budget = budgetOf({ disruptionsAllowed: allowed });
        let gone = 0;
        for (const pod of pods) {
          if (refusal(budget)) continue;
          budget = spendDisruption(budget, `p${pod}`, 0);
          gone += 1;
        }
        assert.equal(gone, Math.min(allowed, pods.length));
        assert.equal(budget.status?.disruptionsAllowed, allowed - gone);
      }),
    );
  });
});
