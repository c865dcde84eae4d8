import assert from 'node:assert/strict';
import type { ObjectMeta } from './gen/types.ts';
import {
  validateAnnotations,
  validateFieldManager,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from './metadata-validation.ts';
import { dnsSubdomain } from './names.ts';
import { controllerOf, controllerReference, isControlledBy } from './owners.ts';
import { deployments } from './scheme.ts';

const rules = { namespaced: true, nameRule: dnsSubdomain };
const texts = (errors: ReturnType<typeof validateObjectMeta>) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const good: ObjectMeta = {
  name: 'web',
  namespace: 'default',
  uid: 'u1',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};

describe('validateObjectMeta', () => {
  it('takes good metadata', () => {
    const owner = controllerReference({ metadata: good }, deployments);
    const metadata = {
      ...good,
      generateName: 'web-',
      labels: { 'a.b/C': '' },
      annotations: { 'Example.com/a': 'anything' },
      finalizers: ['example.com/wait'],
      ownerReferences: [owner, { ...owner, controller: false }],
      managedFields: [{ operation: 'Apply', fieldsType: 'FieldsV1', manager: 'kubectl' }],
    };
    assert.deepEqual(validateObjectMeta(metadata, rules), []);
    assert.deepEqual(controllerOf({ metadata }), owner);
    assert.ok(isControlledBy({ metadata }, { metadata: good }));
  });

  it('wants a name, and a namespace exactly where there is one', () => {
    assert.deepEqual(texts(validateObjectMeta({}, rules)), [
      'metadata.name: Required value: name or generateName is required',
      'metadata.namespace: Required value',
    ]);
    assert.deepEqual(texts(validateObjectMeta(good, { ...rules, namespaced: false })), [
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });

  it('checks owners', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'x', controller: true };
    const broken = { apiVersion: '', kind: '', name: '', uid: '' };
    const event = { apiVersion: 'v1', kind: 'Event', name: 'a', uid: 'x' };
    const problems = texts(
      validateObjectMeta(
        { ...good, ownerReferences: [owner, { ...owner, name: 'b' }, broken, event] },
        rules,
      ),
    );
    assert.deepEqual(
      problems.map((text) => text.replace(/ \[?\{.*\}\]?:/, ' …:')),
      [
        'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
        'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
        'metadata.ownerReferences.name: Invalid value: "": must not be empty',
        'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
        'metadata.ownerReferences: Invalid value: …: /v1, Kind=Event is disallowed from being an owner',
        'metadata.ownerReferences: Invalid value: …: Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b',
      ],
    );
  });

  it('checks finalizers and managed fields', () => {
    assert.deepEqual(
      texts(
        validateObjectMeta(
          {
            ...good,
            finalizers: ['orphan', 'foregroundDeletion'],
            managedFields: [{ operation: 'Write', fieldsType: 'FieldsV2' }],
          },
          rules,
        ),
      ),
      [
        'metadata.managedFields[0].operation: Invalid value: "Write": must be `Apply` or `Update`',
        'metadata.managedFields[0].fieldsType: Invalid value: "FieldsV2": must be `FieldsV1`',
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    );
  });

  it('bounds annotations and managers', () => {
    assert.deepEqual(texts(validateAnnotations({ a: 'x'.repeat(262144) }, 'm')), [
      'm: Too long: may not be more than 262144 bytes',
    ]);
    assert.deepEqual(texts(validateFieldManager(`ä\n${'x'.repeat(128)}`, 'f')).length, 2);
    assert.match(
      texts(validateFieldManager('ä\n', 'f'))[0] ?? '',
      /invalid character U\+000A \(at position 2\)$/,
    );
  });
});

describe('validateObjectMetaUpdate', () => {
  it('keeps the identity', () => {
    assert.deepEqual(validateObjectMetaUpdate({ ...good, labels: { a: 'b' } }, good), []);
    assert.deepEqual(
      texts(validateObjectMetaUpdate({ ...good, uid: 'u2', resourceVersion: '' }, good)),
      [
        'metadata.resourceVersion: Invalid value: "": must be specified for an update',
        'metadata.uid: Invalid value: "u2": field is immutable',
      ],
    );
  });

  it('lets finalizers only go once the object is being deleted', () => {
    const deleting = { ...good, deletionTimestamp: good.creationTimestamp, finalizers: ['a', 'b'] };
    assert.deepEqual(validateObjectMetaUpdate({ ...deleting, finalizers: ['b'] }, deleting), []);
    assert.deepEqual(
      texts(validateObjectMetaUpdate({ ...deleting, finalizers: ['a', 'c'] }, deleting)),
      [
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c"}',
      ],
    );
  });
});
