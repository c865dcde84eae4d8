import assert from 'node:assert/strict';
import { createdAt, makeNamespace } from '@berth/api/testing';
import { namespaces } from './namespaces.ts';

const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };

describe('namespaces', () => {
  it('start active, with their name as a label and a finalizer', () => {
    const created = namespaces.prepareForCreate?.({ ...makeNamespace('a'), spec: {} }, context);
    assert.deepEqual(created?.metadata.labels, { 'kubernetes.io/metadata.name': 'a' });
    assert.deepEqual(created.spec.finalizers, ['kubernetes']);
    assert.deepEqual(created.status, { phase: 'Active' });
  });

  it('keep finalizers and status when they are updated', () => {
    const old = { ...makeNamespace('a'), spec: { finalizers: ['kubernetes'] } };
    const updated = namespaces.prepareForUpdate?.(
      { ...makeNamespace('a'), spec: { finalizers: [] }, status: { phase: 'Gone' } },
      { ...old, status: { phase: 'Active' } },
      context,
    );
    assert.deepEqual(updated?.spec.finalizers, ['kubernetes']);
    assert.deepEqual(updated.status, { phase: 'Active' });
  });

  it('refuse finalizers that nobody knows', () => {
    const errors = namespaces.validate?.({ ...makeNamespace('a'), spec: { finalizers: ['mine'] } });
    assert.deepEqual(errors, [
      {
        type: 'FieldValueInvalid',
        field: 'spec.finalizers',
        detail:
          'Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
      },
    ]);
  });

  it('are terminating exactly while they are deleted', () => {
    const active = { ...makeNamespace('a'), status: { phase: 'Active' } };
    const deleted = { ...active, metadata: { ...active.metadata, deletionTimestamp: createdAt } };
    const problems = (object: typeof active) => namespaces.status?.validateUpdate?.(object, object);
    assert.deepEqual(problems(active), []);
    assert.equal(
      problems(deleted)?.[0]?.detail,
      'Invalid value: "Active": may only be \'Terminating\' if `deletionTimestamp` is not empty',
    );
    const begun = namespaces.beginDeletion?.(deleted);
    assert.deepEqual(begun?.status, { phase: 'Terminating' });
  });

  it('stay while a finalizer is left', () => {
    assert.equal(namespaces.holdsDeletion?.({ ...makeNamespace('a'), spec: {} }), false);
    const held = { ...makeNamespace('a'), spec: { finalizers: ['kubernetes'] } };
    assert.equal(namespaces.holdsDeletion(held), true);
  });
});
