import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonLines } from './json-lines.ts';

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

describe('jsonLines', () => {
  it('gives the same values however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.array(fc.nat(40)), async (values, sizes) => {
        const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
        const seen: unknown[] = [];
        for await (const value of jsonLines(cut(bytes, sizes))) seen.push(value);
        assert.deepEqual(seen, JSON.parse(JSON.stringify(values)));
      }),
    );
  });
});
