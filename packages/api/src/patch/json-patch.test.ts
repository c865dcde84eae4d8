import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StatusError } from '../status.ts';
import { jsonPatch } from './json-patch.ts';

const before = () => ({ a: 1, b: [1, 2, { c: 3 }], 'x/y': { '~z': 't' }, n: null });
const failure = (patch: unknown, object: unknown = before()) => {
  try {
    jsonPatch(object, patch);
  } catch (err) {
    assert.ok(err instanceof StatusError, String(err));
    return { code: err.status.code, why: err.status.details?.causes?.[0]?.message ?? err.message };
  }
  return undefined;
};

describe('jsonPatch', () => {
  it('does what kubectl does', () => {
    const cases: readonly (readonly [readonly unknown[], unknown])[] = [
      [[{ op: 'add', path: '/b/-', value: 4 }], { ...before(), b: [1, 2, { c: 3 }, 4] }],
      [[{ op: 'add', path: '/b/-1', value: 4 }], { ...before(), b: [1, 2, { c: 3 }, 4] }],
      [[{ op: 'add', path: '/b/1', value: [] }], { ...before(), b: [1, [], 2, { c: 3 }] }],
      [[{ op: 'remove', path: '/b/-2' }], { ...before(), b: [1, { c: 3 }] }],
      [[{ op: 'replace', path: '/new', value: 1 }], { ...before(), new: 1 }],
      [[{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
      [[{ op: 'move', from: '/x~1y/~0z', path: '/a' }], { ...before(), 'x/y': {}, a: 't' }],
      [
        [
          { op: 'copy', from: '/b/2', path: '/a' },
          { op: 'add', path: '/a/c', value: 4 },
        ],
        { ...before(), a: { c: 4 } },
      ],
      [[{ op: 'test', path: '/b', value: [1, 2, { c: 3 }] }], before()],
      [[{ op: 'test', path: '/missing', value: null }], before()],
      [[{ op: 'add', path: '/a' }], { ...before(), a: null }],
    ];
    for (const [patch, expected] of cases) {
      const object = before();
      assert.deepEqual(jsonPatch(object, patch), expected, JSON.stringify(patch));
      assert.deepEqual(object, before());
    }
  });

  it('says why a patch does not fit', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ op: 'test', path: '/a', value: 2 }, 'testing value /a failed: test failed'],
      [
        { op: 'remove', path: '/c' },
        "error in remove for path: '/c': Unable to remove nonexistent key: c: missing value",
      ],
      [
        { op: 'add', path: '/c/d', value: 1 },
        'add operation does not apply: doc is missing path: "/c/d": missing value',
      ],
      [
        { op: 'add', path: '/b/9', value: 1 },
        "error in add for path: '/b/9': Unable to access invalid index: 9: invalid index referenced",
      ],
      [
        { op: 'replace', path: '/b/9', value: 1 },
        'replace operation does not apply: doc is missing key: /b/9: missing value',
      ],
      [
        { op: 'remove', path: '/b/x' },
        'error in remove for path: \'/b/x\': strconv.Atoi: parsing "x": invalid syntax',
      ],
      [
        { op: 'move', from: '/c/d', path: '/a' },
        'move operation does not apply: doc is missing from path: /c/d: missing value',
      ],
      [{ op: 'copy', path: '/a' }, 'copy operation failed to decode from: missing value'],
      [{ op: 'swap', path: '/a' }, 'Unexpected kind: swap'],
    ];
    for (const [operation, why] of cases)
      assert.deepEqual(failure([operation]), { code: 422, why });
  });

  it('refuses what is no patch', () => {
    assert.deepEqual(failure({}), {
      code: 400,
      why: 'json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    });
    assert.equal(failure(['x'])?.code, 400);
  });

  it('bounds operations, copies and nesting', () => {
    const test = { op: 'test', path: '/a', value: 1 };
    assert.deepEqual(failure(Array.from({ length: 10_001 }, () => test)), {
      code: 413,
      why: 'The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
    const doubling = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/b', path: '/b/-' }));
    assert.match(
      failure(doubling)?.why ?? '',
      /accumulated size increase of copy is \d+, exceeding the limit 3145728/,
    );
    const deeper = Array.from(
      { length: 9_000 },
      (_, at) =>
        [
          { op: 'add', path: '/w', value: {} },
          { op: 'move', from: '/a', path: '/w/w' },
          { op: 'move', from: '/w', path: '/a' },
        ][at % 3],
    );
    assert.deepEqual(failure(deeper), { code: 422, why: 'exceeded max depth' });
  });

  it('treats what the prototype has as missing, and __proto__ as data', () => {
    assert.equal(failure([{ op: 'add', path: '/constructor/x', value: 1 }])?.code, 422);
    assert.equal(failure([{ op: 'remove', path: '/toString' }])?.code, 422);
    const patched = jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { x: 1 } }]) as object;
    assert.deepEqual(Object.keys(patched), ['__proto__']);
    assert.equal(Object.getPrototypeOf(patched), Object.prototype);
  });

  it('undoes an addition by removing it', () => {
    const name = fc.string().map((text) => text.replaceAll('~', '~0').replaceAll('/', '~1'));
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        name,
        fc.jsonValue(),
        (object, key, value) => {
          fc.pre(!Object.hasOwn(object, key.replaceAll('~1', '/').replaceAll('~0', '~')));
          const path = `/${key}`;
          const patch = [
            { op: 'add', path, value },
            { op: 'test', path, value },
            { op: 'remove', path },
          ];
          assert.deepEqual(jsonPatch(object, patch), object);
        },
      ),
    );
  });
});
