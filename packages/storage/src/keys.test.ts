import assert from 'node:assert/strict';
import { StatusError } from '@berth/api';
import fc from 'fast-check';
import { keyOfObject, keyOfRange, prefixOf } from './keys.ts';

const rows: readonly (readonly [string, string, string | undefined, string])[] = [
  ['', 'pods', 'ns', '/registry/pods/ns/x'],
  ['', 'services', 'ns', '/registry/services/specs/ns/x'],
  ['', 'endpoints', 'ns', '/registry/services/endpoints/ns/x'],
  ['', 'replicationcontrollers', 'ns', '/registry/controllers/ns/x'],
  ['', 'nodes', undefined, '/registry/minions/x'],
  ['', 'namespaces', undefined, '/registry/namespaces/x'],
  ['', 'events', 'ns', '/registry/events/ns/x'],
  ['events.k8s.io', 'events', 'ns', '/registry/events/ns/x'],
  ['apps', 'deployments', 'ns', '/registry/deployments/ns/x'],
  ['apps', 'replicasets', 'ns', '/registry/replicasets/ns/x'],
  ['autoscaling', 'horizontalpodautoscalers', 'ns', '/registry/horizontalpodautoscalers/ns/x'],
  ['coordination.k8s.io', 'leases', 'ns', '/registry/leases/ns/x'],
  ['discovery.k8s.io', 'endpointslices', 'ns', '/registry/endpointslices/ns/x'],
  ['networking.k8s.io', 'ingresses', 'ns', '/registry/ingress/ns/x'],
  ['networking.k8s.io', 'ingressclasses', undefined, '/registry/ingressclasses/x'],
  ['rbac.authorization.k8s.io', 'clusterroles', undefined, '/registry/clusterroles/x'],
  ['scheduling.k8s.io', 'priorityclasses', undefined, '/registry/priorityclasses/x'],
  [
    'apiextensions.k8s.io',
    'customresourcedefinitions',
    undefined,
    '/registry/apiextensions.k8s.io/customresourcedefinitions/x',
  ],
  [
    'apiregistration.k8s.io',
    'apiservices',
    undefined,
    '/registry/apiregistration.k8s.io/apiservices/x',
  ],
  ['stable.example.com', 'crontabs', 'ns', '/registry/stable.example.com/crontabs/ns/x'],
];

describe('keys', () => {
  for (const [group, resource, namespace, key] of rows)
    it(`lays ${resource}.${group} out as kube-apiserver does`, () => {
      const scope = namespace === undefined ? {} : { namespace };
      assert.equal(keyOfObject({ group, resource, ...scope, name: 'x' }), key);
      assert.equal(prefixOf({ group, resource }, namespace), key.slice(0, -1));
    });

  it('knows the allocators', () => {
    assert.equal(keyOfRange('serviceips'), '/registry/ranges/serviceips');
  });

  for (const part of ['', '.', '..', 'a/b', '/', 'a\0', '%2f', '\ud800'])
    it(`refuses ${JSON.stringify(part)} wherever it stands`, () => {
      const fine = { group: 'example.com', resource: 'things', namespace: 'ns', name: 'x' };
      const isBadRequest = (err: unknown) => err instanceof StatusError && err.status.code === 400;
      for (const field of ['resource', 'namespace', 'name'])
        assert.throws(() => keyOfObject({ ...fine, [field]: part }), isBadRequest, field);
      if (part !== '')
        assert.throws(() => keyOfObject({ ...fine, group: part }), isBadRequest, 'group');
    });

  it('gives different objects different keys, each under its own prefix only', () => {
    const segment = fc.oneof(
      fc.constantFrom('pods', 'services', 'specs', 'endpoints', 'nodes', 'minions', '..', 'a/b'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    const type = fc.constantFrom(
      { group: '', resource: 'pods' },
      { group: '', resource: 'services' },
      { group: '', resource: 'endpoints' },
      { group: 'apps', resource: 'deployments' },
      { group: 'example.com', resource: 'pods' },
    );
    const place = fc.record({ namespace: segment, name: segment });
    const object = fc.tuple(type, place).map(([type, place]) => ({ ...type, ...place }));
    const keyOrNothing = (one: Parameters<typeof keyOfObject>[0]) => {
      try {
        return keyOfObject(one);
      } catch {
        return undefined;
      }
    };
    fc.assert(
      fc.property(object, object, (a, b) => {
        const [keyA, keyB] = [keyOrNothing(a), keyOrNothing(b)];
        if (keyA === undefined || keyB === undefined) return;
        const sameType = a.group === b.group && a.resource === b.resource;
        const sameNamespace = sameType && a.namespace === b.namespace;
        assert.equal(keyA === keyB, sameNamespace && a.name === b.name);
        assert.equal(keyA.startsWith(prefixOf(b)), sameType);
        assert.equal(keyA.startsWith(prefixOf(b, b.namespace)), sameNamespace);
      }),
    );
  });
});
