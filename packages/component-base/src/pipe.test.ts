import assert from 'node:assert/strict';
import { createPipe } from './pipe.ts';

const readAll = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
};

describe('pipe', () => {
  it('gives the reader everything in order, then ends', async () => {
    const pipe = createPipe<number>(2);
    const read = readAll(pipe.items);
    for (let i = 0; i < 10; i++) await pipe.write(i);
    pipe.end();
    assert.deepEqual(await read, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('holds writers up while the reader is behind', async () => {
    const pipe = createPipe<number>(1);
    let written = 0;
    const writing = (async () => {
      for (; written < 5; written++) await pipe.write(written);
      pipe.end();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(written, 1);
    assert.deepEqual(await readAll(pipe.items), [0, 1, 2, 3, 4]);
    await writing;
  });

  it('fails the reader after what was written', async () => {
    const pipe = createPipe<number>();
    await pipe.write(1);
    pipe.fail(new Error('broken'));
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const item of pipe.items) seen.push(item);
    }, /broken/);
    assert.deepEqual(seen, [1]);
  });

  it('lets writers go when the reader has left', async () => {
    const pipe = createPipe<number>(0);
    const first = pipe.write(1);
    const second = pipe.write(2);
    for await (const item of pipe.items) {
      assert.equal(item, 1);
      break;
    }
    await Promise.all([first, second, pipe.write(3)]);
  });

  it('ends a reader that never got anything', async () => {
    const pipe = createPipe<number>();
    const read = readAll(pipe.items);
    await new Promise((resolve) => setImmediate(resolve));
    pipe.end();
    assert.deepEqual(await read, []);
  });
});
