import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLineCutter } from './line-cutter.ts';

function* cut(bytes: Buffer, sizes: readonly number[]): Iterable<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

const sizes = fc.array(fc.nat(40));
const isLine = (text: string) => !text.includes('\n');

describe('createLineCutter', () => {
  it('gives the same lines however the bytes are cut, and what is after the last', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter(isLine));
    fc.assert(
      fc.property(
        texts,
        fc.string({ unit: 'grapheme' }).filter(isLine),
        sizes,
        (lines, rest, at) => {
          const cutter = createLineCutter();
          const bytes = Buffer.from([...lines, rest].join('\n'));
          const seen = [...cut(bytes, at)].flatMap((chunk) => cutter.take(chunk));
          assert.deepEqual([seen, cutter.rest()], [lines, rest]);
        },
      ),
    );
  });
});
