import assert from 'node:assert/strict';
import { shareReads } from './barrier.ts';

describe('shared reads', () => {
  /** A question that is answered when the test says so. */
  const setup = () => {
    const asked: { readonly answer: (value: number) => void; readonly fail: () => void }[] = [];
    const read = shareReads(
      () =>
        new Promise<number>((resolve, reject) => {
          asked.push({ answer: resolve, fail: () => reject(new Error('down')) });
        }),
    );
    return { asked, read };
  };

  it('give nobody an answer to a question that was sent before they asked', async () => {
    const { asked, read } = setup();
    const first = read();
    const [second, third] = [read(), read()];
    assert.equal(asked.length, 1);
    asked[0]?.answer(1);
    assert.equal(await first, 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(asked.length, 2);
    const fourth = read();
    asked[1]?.answer(2);
    assert.deepEqual(await Promise.all([second, third]), [2, 2]);
    await new Promise((resolve) => setImmediate(resolve));
    asked[2]?.answer(3);
    assert.equal(await fourth, 3);
  });

  it('fail only those who asked that question', async () => {
    const { asked, read } = setup();
    const [first, second] = [read(), read()];
    asked[0]?.fail();
    await assert.rejects(first);
    await new Promise((resolve) => setImmediate(resolve));
    asked[1]?.answer(2);
    assert.equal(await second, 2);
    const third = read();
    asked[2]?.answer(3);
    assert.equal(await third, 3);
  });
});
