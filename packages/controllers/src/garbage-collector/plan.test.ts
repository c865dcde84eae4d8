import assert from 'node:assert/strict';
import { pods, replicaSets } from '@berth/api';
import type { OwnerReference } from '@berth/api';
import { foregroundFinalizer } from './graph.ts';
import type { GraphNode } from './graph.ts';
import { planObject } from './plan.ts';
import type { OwnerState } from './plan.ts';

const owner = (uid: string, blockOwnerDeletion = true): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: uid,
  uid,
  blockOwnerDeletion,
});
const object = (overrides: Partial<GraphNode> = {}): GraphNode => ({
  type: pods,
  namespace: 'n',
  name: 'p',
  uid: 'p',
  owners: [],
  isDeleting: false,
  finalizers: [],
  ...overrides,
});
const plan = (
  node: GraphNode,
  states: Readonly<Record<string, OwnerState>> = {},
  dependents: readonly GraphNode[] = [],
) => planObject({ node, dependents, ownerState: ({ uid }) => states[uid] ?? 'solid' });

describe('planObject', () => {
  it('leaves an object alone that has no owners, or whose owners stay', () => {
    assert.equal(plan(object()).kind, 'nothing');
    assert.equal(plan(object({ owners: [owner('a')] })).kind, 'nothing');
  });

  it('deletes an object when the last of its owners is gone', () => {
    const node = object({ owners: [owner('a'), owner('b')] });
    const action = plan(node, { a: 'absent', b: 'absent' });
    assert.deepEqual(action, {
      kind: 'delete',
      propagationPolicy: 'Background',
      unblockOwners: false,
    });
  });

  it('drops owners that are gone while another stays', () => {
    const node = object({ owners: [owner('a'), owner('b')] });
    assert.deepEqual(plan(node, { a: 'absent' }), { kind: 'dropOwners', uids: ['a'] });
  });

  it('deletes in the foreground what has dependents of its own, for an owner that waits', () => {
    const node = object({ owners: [owner('a')] });
    const action = plan(node, { a: 'waiting' }, [object({ uid: 'child' })]);
    assert.deepEqual(action, {
      kind: 'delete',
      propagationPolicy: 'Foreground',
      unblockOwners: false,
    });
  });

  it('breaks a circle where it closes: at an object whose own dependent waits already', () => {
    const node = object({ owners: [owner('a')] });
    const first = object({ uid: 'first', isDeleting: true, finalizers: [foregroundFinalizer] });
    const action = plan(node, { a: 'waiting' }, [first]);
    assert.ok(action.kind === 'delete' && action.unblockOwners);
    const settled = plan(node, { a: 'absent' }, [first]);
    assert.ok(settled.kind === 'delete' && !settled.unblockOwners);
  });

  it('waits for blocking dependents, then removes the foreground finalizer', () => {
    const node = object({
      type: replicaSets,
      uid: 'rs',
      isDeleting: true,
      finalizers: [foregroundFinalizer],
    });
    const blocking = object({ uid: 'b', owners: [owner('rs')] });
    const free = object({ uid: 'f', owners: [owner('rs', false)] });
    assert.deepEqual(plan(node, {}, [blocking, free]), {
      kind: 'deleteFirst',
      dependents: [blocking],
    });
    assert.deepEqual(plan(node, {}, [free]), {
      kind: 'removeFinalizer',
      finalizer: foregroundFinalizer,
    });
  });

  it('cuts the dependents loose of an object that is deleted with orphan', () => {
    const child = object({ uid: 'child', owners: [owner('rs')] });
    const node = object({ uid: 'rs', isDeleting: true, finalizers: ['orphan'] });
    assert.deepEqual(plan(node, {}, [child]), { kind: 'orphan', dependents: [child] });
  });
});
