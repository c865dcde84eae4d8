import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { createdAt, makePod, makeReplicaSet } from '@berth/api/testing';
import fc from 'fast-check';
import { burst, nextAvailability, planReplicas, planStatus } from './plan.ts';
import { rankForDeletion } from './rank-for-deletion.ts';

const now = Date.parse(createdAt) + 3_600_000;
const observe = (replicas: number, pods: readonly Pod[], spec = {}) => ({
  owner: makeReplicaSet('web', { replicas, ...spec }),
  pods,
  companyOn: new Map<string, number>(),
  now,
});
const running = (name: string, readyForMs = 60_000, nodeName = 'n') =>
  makePod(
    name,
    { nodeName },
    {
      status: {
        phase: 'Running',
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            lastTransitionTime: new Date(now - readyForMs).toISOString(),
          },
        ],
      },
    },
  );
const named = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);

describe('planReplicas', () => {
  it('always moves towards the desired count, never past it', () => {
    fc.assert(
      fc.property(fc.nat(1500), fc.nat(1500), (replicas, have) => {
        const pods = Array.from({ length: have }, (_, i) => makePod(`p${i}`));
        const { create, remove } = planReplicas(observe(replicas, pods));
        const after = have + create - remove.length;
        return Math.abs(replicas - after) === Math.max(0, Math.abs(replicas - have) - burst);
      }),
      { numRuns: 50 },
    );
  });

  it('counts neither finished nor terminating pods', () => {
    const finished = makePod('f', {}, { status: { phase: 'Failed' } });
    const leaving = makePod('t', {}, { metadata: { deletionTimestamp: createdAt } });
    assert.equal(planReplicas(observe(2, [finished, leaving, makePod('p')])).create, 1);
  });

  it('asks for nothing while the set is being deleted', () => {
    const { owner, ...rest } = observe(3, []);
    const metadata = { ...owner.metadata, deletionTimestamp: createdAt };
    const plan = planReplicas({ ...rest, owner: { ...owner, metadata } });
    assert.deepEqual(plan, { create: 0, remove: [] });
  });
});

describe('rankForDeletion', () => {
  const cases: readonly (readonly [string, Pod, Pod])[] = [
    ['unassigned before assigned', makePod('first'), running('second')],
    [
      'pending before running',
      makePod('first', { nodeName: 'n' }, { status: { phase: 'Pending' } }),
      running('second'),
    ],
    [
      'not ready before ready',
      makePod('first', { nodeName: 'n' }, { status: { phase: 'Running' } }),
      running('second'),
    ],
    [
      'cheap before dear',
      running('first'),
      {
        ...running('second'),
        metadata: {
          ...running('second').metadata,
          annotations: { 'controller.kubernetes.io/pod-deletion-cost': '5' },
        },
      },
    ],
    ['in company before alone', running('first', 60_000, 'crowded'), running('second')],
    ['ready for a short time before long', running('first', 1_000), running('second', 900_000)],
  ];
  const company = new Map([
    ['crowded', 3],
    ['n', 1],
  ]);
  for (const [title, first, second] of cases) {
    it(title, () => {
      assert.deepEqual(named(rankForDeletion([second, first], company, now)), ['first', 'second']);
      assert.deepEqual(named(rankForDeletion([first, second], company, now)), ['first', 'second']);
    });
  }
});

describe('planStatus', () => {
  it('counts ready and available pods apart', () => {
    const observed = observe(3, [running('a', 1_000), running('b', 90_000), makePod('c')], {
      minReadySeconds: 30,
    });
    const status = planStatus(observed, undefined);
    assert.deepEqual([status.replicas, status.readyReplicas, status.availableReplicas], [3, 2, 1]);
    assert.equal(nextAvailability(observed), 29_000);
  });

  it('says why pods could not be made, and stops saying so', () => {
    const failed = planStatus(observe(1, []), { reason: 'FailedCreate', message: 'quota' });
    assert.equal(failed.conditions?.[0]?.type, 'ReplicaFailure');
    const { owner, ...rest } = observe(1, []);
    const still = planStatus(
      { ...rest, now: rest.now + 1, owner: { ...owner, status: failed } },
      { reason: 'FailedCreate', message: 'of another pod' },
    );
    assert.deepEqual(still, failed);
    const again = planStatus({ ...rest, owner: { ...owner, status: failed } }, undefined);
    assert.equal(again.conditions, undefined);
  });
});
