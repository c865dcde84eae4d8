import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { createExpiry } from './expiry.ts';

describe('expiry', () => {
  const setup = (fails: (revision: number) => boolean = () => false) => {
    const clock = createFakeClock(0);
    const expired: (readonly [number, number])[] = [];
    const expiry = createExpiry(clock, async ({ revision }) => {
      if (fails(revision)) throw new Error('down');
      expired.push([revision, clock.now()]);
    });
    const add = (revision: number, expiresAt: number) =>
      expiry.add({ key: `/${revision}`, revision, expiresAt });
    return { clock, expired, expiry, add };
  };

  it('comes in order of time, whatever the order of adding', async () => {
    const { clock, expired, add } = setup();
    add(1, 3_000);
    add(2, 1_000);
    add(3, 1_000);
    add(4, 20_000_000);
    await clock.advance(999);
    assert.deepEqual(expired, []);
    await clock.advance(20_000_000);
    assert.deepEqual(expired, [
      [2, 1_000],
      [3, 1_000],
      [1, 3_000],
      [4, 20_000_000],
    ]);
    assert.equal(clock.pending(), 0);
  });

  it('is tried again when it fails', async () => {
    let isDown = true;
    const { clock, expired, add } = setup(() => isDown);
    add(1, 1_000);
    await clock.advance(1_500);
    isDown = false;
    await clock.advance(10_000);
    assert.deepEqual(expired, [[1, 2_000]]);
  });

  it('ends when it is closed', async () => {
    const { clock, expired, expiry, add } = setup();
    add(1, 1_000);
    expiry.close();
    add(2, 500);
    await clock.advance(10_000);
    assert.deepEqual(expired, []);
    assert.equal(clock.pending(), 0);
  });
});
