import assert from 'node:assert/strict';
import type { KubeObject } from '@berth/api';
import { strategies } from './index.ts';
import type { Strategy } from './strategy.ts';
import { statusRules } from './update-rules.ts';

const metadata = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const context = { now: 0, user: { name: 'x', groups: [] }, warn: () => undefined };

/** What a write through the door of the status leaves of other changes. */
function written(strategy: Strategy) {
  const old = { metadata: { ...metadata, labels: { a: 'old' } }, spec: 1, status: {} };
  const next = {
    metadata: { ...metadata, labels: { a: 'new' }, managedFields: [{ manager: 'm' }] },
    spec: 2,
    status: { conditions: [] },
  };
  const { prepare } = statusRules(strategy);
  return prepare(next, old, context);
}

describe('the door of the status', () => {
  const withStatus = strategies.filter(({ status }) => status);
  const byName = (name: string) => withStatus.find(({ type }) => type.resource === name)!;

  it('lets labels pass for most kinds, and never the spec', () => {
    for (const name of ['namespaces', 'services', 'ingresses', 'persistentvolumes']) {
      const object = written(byName(name)) as KubeObject & { readonly spec: unknown };
      assert.deepEqual(object.metadata.labels, { a: 'new' }, name);
      assert.equal(object.spec, 1, name);
    }
  });

  it('lets no metadata pass where who writes a status has no say in them, but who manages what', () => {
    const names = withStatus
      .filter(({ status }) => status?.keepsMeta)
      .map(({ type }) => type.resource);
    assert.deepEqual(names.sort(), [
      'customresourcedefinitions',
      'flowschemas',
      'prioritylevelconfigurations',
      'resourceclaims',
      'validatingadmissionpolicies',
    ]);
    for (const name of names) {
      const { metadata } = written(byName(name));
      assert.deepEqual(metadata.labels, { a: 'old' }, name);
      assert.deepEqual(metadata.managedFields, [{ manager: 'm' }], name);
    }
  });
});
