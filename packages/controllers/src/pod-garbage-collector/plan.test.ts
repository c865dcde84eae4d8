import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { createdAt, makeNode, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { planPodCleanup } from './plan.ts';

const observe = (pods: readonly Pod[], rest = {}) => ({
  pods,
  node: () => undefined,
  lostNodes: new Set<string>(),
  terminatedPodThreshold: 0,
  ...rest,
});
const leaving = { metadata: { deletionTimestamp: createdAt } };
const finished = (name: string, day: number, reason = '') =>
  makePod(
    name,
    { nodeName: 'n' },
    {
      metadata: { creationTimestamp: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z` },
      status: { phase: 'Failed', reason },
    },
  );
const causes = (observed: Parameters<typeof planPodCleanup>[0]) =>
  Object.fromEntries(planPodCleanup(observed).map(({ pod, cause }) => [pod.metadata.name, cause]));

describe('planPodCleanup', () => {
  it('leaves as many finished pods as it may, and only finished ones go for their number', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.nat(60),
        fc.integer({ min: -1, max: 70 }),
        (over, up, threshold) => {
          const pods = [
            ...Array.from({ length: over }, (_, i) => finished(`f${i}`, 1 + (i % 28))),
            ...Array.from({ length: up }, (_, i) => makePod(`r${i}`, { nodeName: 'n' })),
          ];
          const doomed = planPodCleanup(observe(pods, { terminatedPodThreshold: threshold }));
          assert.equal(doomed.length, threshold <= 0 ? 0 : Math.max(0, over - threshold));
          assert.ok(doomed.every(({ pod }) => pod.metadata.name.startsWith('f')));
        },
      ),
    );
  });

  it('takes evicted pods first, then the oldest', () => {
    const pods = [finished('young', 9), finished('old', 2), finished('evicted', 9, 'Evicted')];
    const names = (terminatedPodThreshold: number) =>
      Object.keys(causes(observe(pods, { terminatedPodThreshold })));
    assert.deepEqual(names(2), ['evicted']);
    assert.deepEqual(names(1), ['evicted', 'old']);
  });

  it('takes pods of nodes that are gone, and pods that were deleted before they had a node', () => {
    const pods = [
      makePod('lost', { nodeName: 'gone' }),
      makePod('kept', { nodeName: 'n' }),
      makePod('waiting'),
      makePod('unwanted', {}, leaving),
      makePod('stopping', { nodeName: 'n' }, leaving),
    ];
    assert.deepEqual(causes(observe(pods, { lostNodes: new Set(['gone']) })), {
      lost: 'orphaned',
      unwanted: 'unscheduled',
    });
  });

  it('takes what stops on a node that is out of service and not ready', () => {
    const pods = [makePod('p', { nodeName: 'n' }, leaving), makePod('q', { nodeName: 'n' })];
    const taints = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }];
    const on = (status: string, spec = { taints }) =>
      causes(
        observe(pods, {
          node: () => makeNode('n', spec, { status: { conditions: [{ type: 'Ready', status }] } }),
        }),
      );
    assert.deepEqual(on('False'), { p: 'out-of-service' });
    assert.deepEqual(on('True'), {});
    assert.deepEqual(on('False', { taints: [] }), {});
  });
});
