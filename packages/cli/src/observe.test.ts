import assert from 'node:assert/strict';
import { createPipe } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { observe } from './observe.ts';

const never = new AbortController().signal;
const options = () => ({ clock: createFakeClock(), tickMs: 1000, signal: never });

describe('observe', () => {
  it('looks once every stream has a value, and again at each new one', async () => {
    const [a, b] = [createPipe<number>(), createPipe<number>()];
    const seen: (readonly [number, number])[] = [];
    const found = observe(
      [a.items, b.items] as const,
      (x, y) => {
        seen.push([x, y]);
        return x + y === 5 ? 'five' : undefined;
      },
      options(),
    );
    await a.write(1);
    await b.write(1);
    await a.write(4);
    assert.equal(await found, 'five');
    assert.deepEqual(seen.at(-1), [4, 1]);
  });

  it('looks again when time has passed and nothing has changed', async () => {
    const pipe = createPipe<number>();
    const settings = options();
    let looks = 0;
    const found = observe(
      [pipe.items] as const,
      () => (++looks === 3 ? looks : undefined),
      settings,
    );
    await pipe.write(1);
    for (let i = 0; i < 100 && looks < 3; i++) {
      await settings.clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await found, 3);
  });

  it('throws what a stream throws', async () => {
    const pipe = createPipe<number>();
    const found = observe([pipe.items] as const, () => undefined, options());
    pipe.fail(new Error('the watch broke'));
    await assert.rejects(found, /the watch broke/);
  });
});
