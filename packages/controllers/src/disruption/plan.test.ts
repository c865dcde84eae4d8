import assert from 'node:assert/strict';
import type { Pod, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '@berth/api';
import { createdAt, makePod, makePodDisruptionBudget } from '@berth/api/testing';
import fc from 'fast-check';
import { needsScale, planBudget, planFailedStatus } from './plan.ts';
import { staleAt } from './stale-condition.ts';

const now = Date.parse(createdAt) + 3_600_000;
const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const ready = (name: string, isReady = true): Pod =>
  makePod(
    name,
    {},
    { status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] } },
  );
const some = (count: number, isReady = true) =>
  Array.from({ length: count }, (_, i) => ready(`${isReady ? 'up' : 'down'}-${i}`, isReady));
const plan = (
  spec: PodDisruptionBudgetSpec,
  pods: readonly Pod[],
  scale = 0,
  status?: PodDisruptionBudgetStatus,
) => {
  const budget = makePodDisruptionBudget('b', spec, status ? { status } : {});
  return planBudget({ budget, pods, scale, now });
};

describe('planBudget', () => {
  it('never allows so many disruptions that too few pods would be left', () => {
    const share = fc.oneof(
      fc.nat(20),
      fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
    );
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.nat(20),
        fc.nat(40),
        share,
        fc.boolean(),
        (up, down, scale, n, min) => {
          const spec = min ? { minAvailable: n } : { maxUnavailable: n };
          const { status } = plan(spec, [...some(up), ...some(down, false)], scale);
          const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = status;
          assert.equal(currentHealthy, up);
          assert.ok(disruptionsAllowed >= 0);
          if (disruptionsAllowed > 0)
            assert.equal(currentHealthy - disruptionsAllowed, desiredHealthy);
          assert.equal(status.conditions?.[0]?.status, disruptionsAllowed > 0 ? 'True' : 'False');
        },
      ),
    );
  });

  it('counts pods for a number, and what controllers want for a share', () => {
    assert.equal(needsScale(makePodDisruptionBudget('b', { minAvailable: 2 })), false);
    assert.equal(plan({ minAvailable: 2 }, some(3)).status.expectedPods, 3);
    const { status } = plan({ minAvailable: '50%' }, some(5), 7);
    assert.deepEqual(
      [status.expectedPods, status.desiredHealthy, status.disruptionsAllowed],
      [7, 4, 1],
    );
    const most = plan({ maxUnavailable: '30%' }, some(7), 7).status;
    assert.deepEqual([most.desiredHealthy, most.disruptionsAllowed], [4, 3]);
    assert.equal(plan({ maxUnavailable: 9 }, some(3), 3).status.desiredHealthy, 0);
  });

  it('lets nothing go while nothing is selected', () => {
    assert.equal(plan({ minAvailable: 0 }, []).status.disruptionsAllowed, 0);
  });

  it('does not count a pod that is being evicted, for two minutes', () => {
    const disruptedPods = { 'up-0': at(now - 60_000), 'up-1': at(now - 121_000), gone: at(now) };
    const { status, overdue, recheckAfterMs } = plan({ minAvailable: 1 }, some(3), 0, {
      disruptedPods,
    });
    assert.deepEqual(status.disruptedPods, { 'up-0': at(now - 60_000) });
    assert.deepEqual([status.currentHealthy, status.disruptionsAllowed], [2, 1]);
    assert.deepEqual(
      overdue.map(({ metadata }) => metadata.name),
      ['up-1'],
    );
    assert.equal(recheckAfterMs, 60_001);
  });

  it('changes nothing the second time', () => {
    const first = plan({ minAvailable: 1 }, some(2));
    assert.deepEqual(plan({ minAvailable: 1 }, some(2), 0, first.status).status, first.status);
  });
});

describe('planFailedStatus', () => {
  it('allows nothing and says why', () => {
    const budget = makePodDisruptionBudget('b', undefined, {
      status: { disruptionsAllowed: 3, expectedPods: 4 },
    });
    const status = planFailedStatus(budget, 'no scale', now);
    assert.deepEqual([status.disruptionsAllowed, status.expectedPods], [0, 4]);
    const [condition] = status.conditions ?? [];
    assert.deepEqual([condition?.reason, condition?.message], ['SyncFailed', 'no scale']);
  });
});

describe('staleAt', () => {
  const told = (extra = {}, metadata = {}) =>
    makePod(
      'p',
      {},
      {
        metadata,
        status: {
          conditions: [
            { type: 'DisruptionTarget', status: 'True', lastTransitionTime: createdAt, ...extra },
          ],
        },
      },
    );
  it('is two minutes after it was said, unless the pod ends or its node says so', () => {
    assert.equal(staleAt(told()), Date.parse(createdAt) + 120_000);
    assert.equal(staleAt(told({ status: 'False' })), undefined);
    assert.equal(staleAt(told({ reason: 'TerminationByKubelet' })), undefined);
    assert.equal(staleAt(told({}, { deletionTimestamp: createdAt })), undefined);
  });
});
