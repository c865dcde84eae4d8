import assert from 'node:assert/strict';
import type { StatusError } from '@berth/api';
import fc from 'fast-check';
import { optionalBoolean, optionalInteger } from './query.ts';

const integer = (text: string) => optionalInteger(new URLSearchParams({ n: text }), 'n');

describe('optionalInteger', () => {
  it('reads what a 64-bit integer can be', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (number) => {
        assert.equal(integer(String(number)), number);
      }),
    );
    assert.equal(integer('9223372036854775807'), Number.MAX_SAFE_INTEGER);
    assert.equal(integer('-9223372036854775808'), Number.MIN_SAFE_INTEGER);
    assert.equal(integer('+07'), 7);
    assert.equal(integer(''), undefined);
    assert.equal(optionalInteger(new URLSearchParams(), 'n'), undefined);
  });

  it('refuses everything else as a bad request, in the words of Go', () => {
    const refused = (text: string, why: string) =>
      assert.throws(
        () => integer(text),
        ({ status }: StatusError) => {
          assert.equal(status.code, 400);
          assert.equal(status.message, `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
          return true;
        },
      );
    for (const text of ['abc', '0.1', '1e3', '0x10', ' 1', '--1', '+', '1_000', '10s']) {
      refused(text, 'invalid syntax');
    }
    refused('9223372036854775808', 'value out of range');
    refused('-9223372036854775809', 'value out of range');
  });
});

describe('optionalBoolean', () => {
  it('takes every text but two for true', () => {
    const read = (text: string) => optionalBoolean(new URLSearchParams({ b: text }), 'b');
    assert.deepEqual(['', 'true', 'yes', 'false', '0'].map(read), [true, true, true, false, false]);
    assert.equal(optionalBoolean(new URLSearchParams(), 'b'), undefined);
  });
});
