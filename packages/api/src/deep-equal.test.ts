import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDeepEqual } from './deep-equal.ts';

describe('isDeepEqual', () => {
  it('takes missing, null and empty lists for the same', () => {
    assert.ok(isDeepEqual({ a: null, b: [] }, { c: undefined }));
    assert.ok(isDeepEqual([{ a: [] }], [{}]));
    assert.ok(!isDeepEqual({ emptyDir: {} }, {}));
    assert.ok(!isDeepEqual({ a: '' }, {}));
    assert.ok(!isDeepEqual([1], [1, 2]));
    assert.ok(!isDeepEqual({ a: [1] }, { a: { 0: 1 } }));
    assert.ok(!isDeepEqual({}, JSON.parse('{"__proto__":{"a":1}}')));
  });

  it('does not care for the order of fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) =>
        isDeepEqual(value, Object.fromEntries(Object.entries(value).toReversed())),
      ),
    );
  });

  it('agrees in both directions', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        (a, b) => isDeepEqual(a, b) === isDeepEqual(b, a),
      ),
    );
  });
});
