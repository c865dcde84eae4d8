import assert from 'node:assert/strict';
import type { ConfigMap } from '@berth/api';
import fc from 'fast-check';
import { createStore } from './store.ts';

const configMap = (namespace: string, name: string, owner: string): ConfigMap => ({
  metadata: {
    namespace,
    name,
    labels: { owner },
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
  },
});
/** One letter each. */
const ownersOf = ({ metadata }: ConfigMap): readonly string[] =>
  metadata.labels?.['owner']?.match(/\w/g) ?? [];
const operation = fc.record({
  put: fc.boolean(),
  namespace: fc.constantFrom('n', 'm'),
  name: fc.constantFrom('a', 'b', 'c'),
  owner: fc.constantFrom('', 'x', 'y', 'xy'),
});

describe('createStore', () => {
  it('answers from an index exactly what a scan would', () => {
    fc.assert(
      fc.property(fc.array(operation), fc.nat(10), (operations, indexAt) => {
        const store = createStore<ConfigMap>();
        const addIndex = () => store.addIndex('owner', (o) => ownersOf(o));
        operations.forEach(({ put, namespace, name, owner }, i) => {
          if (i === indexAt) addIndex();
          if (put) store.put(configMap(namespace, name, owner));
          else store.remove(`${namespace}/${name}`);
        });
        if (operations.length <= indexAt) addIndex();
        const scan = store.list().filter((o) => ownersOf(o).includes('x'));
        assert.deepEqual(new Set(store.byIndex('owner', 'x')), new Set(scan));
        assert.deepEqual(
          new Set(store.listNamespace('n')),
          new Set(store.list().filter((o) => o.metadata.namespace === 'n')),
        );
      }),
    );
  });

  it('refuses an index it does not have', () => {
    assert.throws(() => createStore().byIndex('nope', 'x'), /no index named nope/);
  });
});
