import assert from 'node:assert/strict';
import fc from 'fast-check';
import { schemaOf } from '../schema.ts';
import { StatusError } from '../status.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

const schema = schemaOf({ group: 'apps', version: 'v1', kind: 'Deployment' });
const apply = (current: unknown, patch: unknown) => strategicMergePatch(current, patch, schema);

/** Only the pod spec matters here. */
const pod = (spec: unknown) => ({ spec: { template: { spec } } });
const specOf = (object: unknown) => (object as ReturnType<typeof pod>).spec.template.spec;
const patched = (current: unknown, patch: unknown) => specOf(apply(pod(current), pod(patch)));

const named = (names: string) => names.split(' ').map((name) => ({ name }));

interface Case {
  readonly it: string;
  readonly current: unknown;
  readonly patch: unknown;
  readonly expected: unknown;
}

/** Each settled by the real kubectl. */
const cases: readonly Case[] = [
  {
    it: 'merges maps and deletes by null',
    current: { nodeSelector: { a: '1', b: '2' }, hostNetwork: true },
    patch: { nodeSelector: { a: null, c: '3' }, hostNetwork: null },
    expected: { nodeSelector: { b: '2', c: '3' } },
  },
  {
    it: 'drops nulls from what is new',
    current: {},
    patch: {
      securityContext: { runAsUser: null, fsGroup: 1 },
      volumes: [{ name: 'a', emptyDir: null }],
    },
    expected: { securityContext: { fsGroup: 1 }, volumes: [{ name: 'a' }] },
  },
  {
    it: 'merges lists by key, new elements before all others',
    current: {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'x' },
      ],
    },
    patch: {
      containers: [
        { name: 'c', image: 'y' },
        { name: 'b', image: 'y' },
      ],
    },
    expected: {
      containers: [
        { name: 'c', image: 'y' },
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y' },
      ],
    },
  },
  {
    it: 'replaces lists without merge key',
    current: { containers: [{ name: 'a', args: ['1', '2'] }], tolerations: [{ key: 'a' }] },
    patch: { containers: [{ name: 'a', args: ['3'] }], tolerations: [{ key: 'b' }] },
    expected: { containers: [{ name: 'a', args: ['3'] }], tolerations: [{ key: 'b' }] },
  },
  {
    it: 'deletes an element by its key',
    current: { containers: named('a b c') },
    patch: { containers: [{ $patch: 'delete', name: 'b' }] },
    expected: { containers: named('a c') },
  },
  {
    it: 'replaces a list whole',
    current: { containers: named('a b') },
    patch: { containers: [{ name: 'c' }, { $patch: 'replace' }] },
    expected: { containers: named('c') },
  },
  {
    it: 'replaces a map whole, and empties one',
    current: { nodeSelector: { a: '1' }, securityContext: { runAsUser: 1 } },
    patch: { nodeSelector: { $patch: 'replace', b: '2' }, securityContext: { $patch: 'delete' } },
    expected: { nodeSelector: { b: '2' }, securityContext: {} },
  },
  {
    it: 'keeps only the named fields of a union',
    current: { volumes: [{ name: 'a', emptyDir: {} }] },
    patch: {
      volumes: [{ name: 'a', $retainKeys: ['name', 'secret'], secret: { secretName: 's' } }],
    },
    expected: { volumes: [{ name: 'a', secret: { secretName: 's' } }] },
  },
  {
    it: 'orders a list as asked, others keeping their place',
    current: { containers: named('a b c d') },
    patch: { '$setElementOrder/containers': named('d b') },
    expected: { containers: named('a c d b') },
  },
  {
    it: 'orders what it adds among what is there',
    current: { containers: named('a b c') },
    patch: { '$setElementOrder/containers': named('c x a'), containers: named('x') },
    expected: { containers: named('b c x a') },
  },
  {
    it: 'lets an addition take the place of a deletion',
    current: { containers: named('c b a e') },
    patch: {
      '$setElementOrder/containers': named('b d e a'),
      containers: [{ name: 'd' }, { $patch: 'delete', name: 'b' }],
    },
    expected: { containers: named('c d e a') },
  },
  {
    it: 'merges the first of several elements with the same merge key',
    current: {
      containers: [
        {
          name: 'a',
          ports: [
            { containerPort: 80, protocol: 'TCP' },
            { containerPort: 80, protocol: 'UDP' },
          ],
        },
      ],
    },
    patch: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'x' }] }] },
    expected: {
      containers: [
        {
          name: 'a',
          ports: [
            { containerPort: 80, protocol: 'TCP', name: 'x' },
            { containerPort: 80, protocol: 'UDP' },
          ],
        },
      ],
    },
  },
];

const failure = (current: unknown, patch: unknown) => {
  try {
    apply(current, patch);
  } catch (err) {
    assert.ok(err instanceof StatusError, String(err));
    return { code: err.status.code, message: err.message };
  }
  return undefined;
};

describe('strategicMergePatch', () => {
  for (const { it: name, current, patch, expected } of cases) {
    it(name, () => {
      const inputs = structuredClone([current, patch]);
      assert.deepEqual(patched(current, patch), expected);
      assert.deepEqual([current, patch], inputs);
    });
  }

  it('merges sets of scalars and deletes from them', () => {
    const current = { metadata: { finalizers: ['a', 'b', 'c'] } };
    assert.deepEqual(
      apply(current, {
        metadata: {
          '$deleteFromPrimitiveList/finalizers': ['b'],
          '$setElementOrder/finalizers': ['c', 'd', 'a'],
          finalizers: ['d'],
        },
      }),
      { metadata: { finalizers: ['c', 'd', 'a'] } },
    );
    assert.deepEqual(apply(current, { metadata: { finalizers: ['d', 'a'] } }), {
      metadata: { finalizers: ['d', 'a', 'b', 'c'] },
    });
  });

  it('refuses directives of a wrong shape', () => {
    const bad = (spec: unknown, current: unknown = {}) => failure(pod(current), pod(spec));
    const kept = { volumes: [{ name: 'a' }] };
    assert.deepEqual(bad({ $retainKeys: 'x' }), {
      code: 400,
      message: 'invalid patch format of retainKeys',
    });
    assert.deepEqual(bad({ volumes: [{ name: 'a', $retainKeys: ['name'], emptyDir: {} }] }, kept), {
      code: 400,
      message: 'invalid patch format of retainKeys',
    });
    assert.deepEqual(bad({ $setElementOrder: [] }), {
      code: 400,
      message: 'invalid patch format of setElementOrder list',
    });
    assert.deepEqual(bad({ $deleteFromPrimitiveList: [] }), {
      code: 400,
      message: 'invalid patch format of primitive list',
    });
    assert.deepEqual(bad({ volumes: [{ emptyDir: {} }] }, kept), {
      code: 400,
      message: 'map: map[emptyDir:map[]] does not contain declared merge key: name',
    });
    assert.deepEqual(bad({ volumes: [{}, true] }, kept), {
      code: 400,
      message: 'list element types are not identical: [map[name:a] map[] true]',
    });
    assert.deepEqual(bad({ nodeSelector: { $patch: 'x' } }, { nodeSelector: {} }), {
      code: 400,
      message: 'unknown patch type: x in map: map[$patch:x]',
    });
    assert.deepEqual(failure({}, []), { code: 400, message: 'invalid JSON document' });
    assert.match(
      bad({ '$setElementOrder/volumes': named('a b'), volumes: named('b a') }, kept)?.message ?? '',
      /^The order in patch list:\n\[map\[name:b\] map\[name:a\]\]\n doesn't match \$setElementOrder list:/,
    );
    assert.throws(() => strategicMergePatch({}, {}, undefined), /patch format is not supported/);
  });

  it('treats __proto__ as data', () => {
    const patch: unknown = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}');
    const { metadata } = apply({ metadata: { labels: { a: 'b' } } }, patch) as {
      metadata: { labels: object };
    };
    assert.deepEqual(Object.entries(metadata.labels), [
      ['a', 'b'],
      ['__proto__', 'x'],
    ]);
  });

  it('is idempotent', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const element = fc.record(
      { name, image: fc.constantFrom('x', 'y'), args: fc.array(name, { maxLength: 2 }) },
      { requiredKeys: ['name'], noNullPrototype: true },
    );
    const list = fc.uniqueArray(element, { selector: (item) => item.name });
    fc.assert(
      fc.property(list, list, (current, patch) => {
        const once = patched({ containers: current }, { containers: patch });
        assert.deepEqual(patched(once, { containers: patch }), once);
      }),
    );
  });
});
