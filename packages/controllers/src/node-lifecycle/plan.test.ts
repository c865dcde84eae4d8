import assert from 'node:assert/strict';
import { makeNode, makePod } from '@berth/api/testing';
import type { Node, Taint } from '@berth/api';
import { planEviction } from './evict.ts';
import { notReadyTaint, planNode, unreachableTaint } from './plan.ts';
import type { Probe } from './plan.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const look = (node: Node, now: number, probe?: Probe) =>
  planNode({ node, lease: undefined, probe, now, gracePeriodMs: 50_000, startupGraceMs: 60_000 });
const keys = (taints: readonly Taint[] | undefined) =>
  taints?.map(({ key, effect }) => `${key}:${effect}`);

describe('planNode', () => {
  it('leaves a node alone that shows signs of life', () => {
    const { conditions, taints, lostReady } = look(makeNode('n'), start);
    assert.deepEqual([conditions, taints, lostReady], [undefined, undefined, false]);
  });

  it('marks and taints a node after the grace period of silence, measured by its own clock', () => {
    const node = makeNode('n');
    const { probe } = look(node, start);
    assert.equal(look(node, start + 50_000, probe).conditions, undefined);
    const silent = look(node, start + 50_001, probe);
    const ready = silent.conditions?.find(({ type }) => type === 'Ready');
    assert.equal(ready?.status, 'Unknown');
    assert.equal(ready.reason, 'NodeStatusUnknown');
    assert.equal(silent.lostReady, true);
    assert.deepEqual(keys(silent.taints), [
      `${unreachableTaint}:NoSchedule`,
      `${unreachableTaint}:NoExecute`,
    ]);
  });

  it('starts anew with every sign of life, however old its time says it is', () => {
    const node = makeNode('n');
    const { probe } = look(node, start);
    const lease = {
      metadata: node.metadata,
      spec: { renewTime: '1999-01-01T00:00:00.000000Z' },
    };
    const again = planNode({
      node,
      lease,
      probe,
      now: start + 49_000,
      gracePeriodMs: 50_000,
      startupGraceMs: 60_000,
    });
    assert.equal(again.probe.seenAt, start + 49_000);
  });

  it('takes the taints away when the node is ready again, and keeps those of others', () => {
    const mine = { key: 'dedicated', effect: 'NoSchedule' };
    const taints = [mine, { key: notReadyTaint, effect: 'NoExecute' }];
    assert.deepEqual(look(makeNode('n', { taints }), start).taints, [mine]);
  });

  it('writes nothing twice', () => {
    const node = makeNode('n');
    const { probe } = look(node, start);
    const silent = look(node, start + 60_000, probe);
    const written: Node = {
      ...node,
      spec: { ...node.spec, taints: silent.taints! },
      status: { ...node.status, conditions: silent.conditions! },
    };
    const { conditions, taints } = look(written, start + 70_000, silent.probe);
    assert.deepEqual([conditions, taints], [undefined, undefined]);
  });
});

describe('planEviction', () => {
  const timeAdded = '2026-01-01T00:00:00Z';
  const lost = makeNode('n', {
    taints: [{ key: unreachableTaint, effect: 'NoExecute', timeAdded }],
  });
  const tolerating = (tolerationSeconds?: number) =>
    makePod('p', {
      tolerations: [
        {
          key: unreachableTaint,
          operator: 'Exists',
          effect: 'NoExecute',
          ...(tolerationSeconds !== undefined && { tolerationSeconds }),
        },
      ],
    });

  it('evicts at once what does not tolerate the taint', () => {
    assert.deepEqual(planEviction(makePod('p'), lost, start), { kind: 'leave', at: start });
  });
  it('waits for as long as the pod tolerates it', () => {
    const eviction = planEviction(tolerating(300), lost, start + 5_000);
    assert.deepEqual(eviction, { kind: 'leave', at: start + 300_000 });
  });
  it('lets a pod stay that tolerates it for ever, or when there is no taint', () => {
    assert.deepEqual(planEviction(tolerating(), lost, start), { kind: 'stay' });
    assert.deepEqual(planEviction(makePod('p'), makeNode('n'), start), { kind: 'stay' });
  });
});
