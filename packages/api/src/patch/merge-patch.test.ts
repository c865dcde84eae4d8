import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StatusError } from '../status.ts';
import { mergePatch } from './merge-patch.ts';

describe('mergePatch', () => {
  it('merges objects, deletes by null and replaces the rest', () => {
    const cases: readonly (readonly [unknown, unknown, unknown])[] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    ];
    for (const [current, patch, expected] of cases) {
      const copy = structuredClone(current);
      assert.deepEqual(mergePatch(current, patch), expected, JSON.stringify(patch));
      assert.deepEqual(current, copy);
    }
  });

  it('refuses a patch that is no object', () => {
    assert.throws(
      () => mergePatch({}, [1]),
      (err) =>
        err instanceof StatusError &&
        err.status.code === 400 &&
        err.message ===
          'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
  });

  it('is idempotent', () => {
    const object = fc.dictionary(fc.string({ maxLength: 2 }), fc.jsonValue({ maxDepth: 3 }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(object, object, (current, patch) => {
        const once = mergePatch(current, patch);
        assert.deepEqual(mergePatch(once, patch), once);
      }),
    );
  });

  it('treats __proto__ as data', () => {
    const patched = mergePatch({}, JSON.parse('{"__proto__":{"x":1}}')) as object;
    assert.deepEqual(Object.keys(patched), ['__proto__']);
    assert.equal(Object.getPrototypeOf(patched), Object.prototype);
  });
});
