import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeHeader, decodeValue, encodeRecord } from './record.ts';

describe('a record', () => {
  it('comes back as it was', () => {
    const record = fc.record(
      {
        revision: fc.maxSafeNat(),
        key: fc.string({ unit: 'grapheme' }),
        prev: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        deleted: fc.boolean(),
        expiresAt: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        value: fc.uint8Array(),
      },
      { requiredKeys: ['revision', 'key', 'deleted'] },
    );
    fc.assert(
      fc.property(record, ({ value, ...header }) => {
        const bytes = encodeRecord({ ...header, ...(value && { value }) });
        assert.deepEqual({ ...decodeHeader(header.revision, bytes) }, { ...header });
        assert.deepEqual(Uint8Array.from(decodeValue(bytes)), value ?? new Uint8Array());
      }),
    );
  });
});
