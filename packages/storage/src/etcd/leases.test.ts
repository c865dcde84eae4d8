import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { createLeases } from './leases.ts';

describe('leases', () => {
  const setup = () => {
    const clock = createFakeClock();
    const granted: number[] = [];
    const leases = createLeases(clock, async (ttl) => String(granted.push(ttl)));
    return { clock, granted, leases };
  };

  it('are shared by keys of the same age, and outlive them by a little', async () => {
    const { clock, granted, leases } = setup();
    assert.equal(await leases.leaseFor(3_600), '1');
    await clock.advance(60_000);
    assert.equal(await leases.leaseFor(3_600), '1');
    assert.equal(await leases.leaseFor(100), '2');
    await clock.advance(1);
    assert.equal(await leases.leaseFor(3_600), '3');
    assert.deepEqual(granted, [3_660, 105, 3_660]);
  });

  it('hold a bounded number of keys', async () => {
    const { granted, leases } = setup();
    await Promise.all(Array.from({ length: 2_500 }, () => leases.leaseFor(3_600)));
    assert.equal(granted.length, 3);
  });

  it('are asked for anew when they are gone or were not granted', async () => {
    const { granted, leases } = setup();
    leases.forget(await leases.leaseFor(3_600));
    assert.equal(await leases.leaseFor(3_600), '2');
    assert.equal(granted.length, 2);
    let isDown = true;
    const failing = createLeases(createFakeClock(), async () => {
      if (isDown) throw new Error('down');
      return 'lease';
    });
    await assert.rejects(failing.leaseFor(60));
    isDown = false;
    assert.equal(await failing.leaseFor(60), 'lease');
  });
});
