import assert from 'node:assert/strict';
import type { ControllerRevision, FieldError } from '@berth/api';
import { createdAt, makeControllerRevision } from '@berth/api/testing';
import { controllerRevisions } from './controller-revisions.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

describe('controller revisions', () => {
  const data = { spec: { template: {} } };
  const cases: readonly (readonly [string, ControllerRevision, ...(readonly string[])])[] = [
    ['any data', makeControllerRevision('a', 1, data)],
    [
      'no data and no place in the order',
      makeControllerRevision('a', -1),
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ],
  ];
  for (const [name, revision, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(controllerRevisions.validate?.(revision)), [...expected]);
    });
  }

  it('move in the order, but never change what they keep', () => {
    const old = makeControllerRevision('a', 1, data);
    const change = (next: Partial<ControllerRevision>) =>
      texts(controllerRevisions.validateUpdate?.({ ...old, ...next }, old));
    assert.deepEqual(change({ revision: 2 }), []);
    assert.deepEqual(change({ data: { spec: {} } }), [
      'data: Invalid value: {"spec":{}}: field is immutable',
    ]);
  });

  it('are shown as upstream shows them', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u' };
    const owned = makeControllerRevision('a', 3, data, {
      metadata: { ownerReferences: [{ ...owner, controller: true }] },
    });
    const now = Date.parse(createdAt) + 60_000;
    const row = (revision: ControllerRevision) =>
      controllerRevisions.columns.map(({ cell }) => cell(revision, now));
    assert.deepEqual(
      controllerRevisions.columns.map(({ name }) => name),
      ['Name', 'Controller', 'Revision', 'Age'],
    );
    assert.deepEqual(row(owned), ['a', 'statefulset.apps/web', 3, '60s']);
    assert.equal(row(makeControllerRevision('a', 1))[1], '<none>');
  });
});
