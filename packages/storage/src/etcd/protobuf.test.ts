import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeMessage, readFields } from './protobuf.ts';

const read = (message: Buffer) => {
  const fields: [number, number | string][] = [];
  readFields(message, (field, value, bytes) =>
    fields.push([field, bytes.length > 0 ? bytes.toString('hex') : value]),
  );
  return fields;
};

describe("protobuf's wire", () => {
  const field = fc.integer({ min: 1, max: 2 ** 28 - 1 });
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });

  it('brings numbers and bytes as they were sent, in order', () => {
    const fields = fc.array(fc.tuple(field, fc.oneof(fc.maxSafeNat(), bytes)));
    fc.assert(
      fc.property(fields, (message) => {
        const expected = message.map(([number, value]) => [
          number,
          value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
        ]);
        assert.deepEqual(read(encodeMessage(message)), expected);
      }),
    );
  });

  it('holds a message in a message as its bytes', () => {
    fc.assert(
      fc.property(field, field, fc.maxSafeNat(), bytes, (outer, inner, number, value) => {
        const nested = [
          [inner, number],
          [inner, value],
        ] as const;
        assert.deepEqual(
          encodeMessage([[outer, nested]]),
          encodeMessage([[outer, encodeMessage(nested)]]),
        );
      }),
    );
  });

  it('writes numbers of all 64 bits', () => {
    const written = encodeMessage([[1, 2n ** 64n - 1n]]);
    assert.equal(written.toString('hex'), '08ffffffffffffffffff01');
  });

  it('knows no fields but numbers and bytes', () => {
    assert.throws(() => read(Buffer.from([0x0d, 1, 2, 3, 4])), /type 5/);
  });
});
