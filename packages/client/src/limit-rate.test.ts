import assert from 'node:assert/strict';
import { wholeBody } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';
import { limitRate } from './limit-rate.ts';

describe('limitRate', () => {
  it('lets a burst through at once, and then as many per second as it should', async () => {
    const clock = createFakeClock();
    let sent = 0;
    const transport = limitRate(
      () => {
        sent += 1;
        return Promise.resolve({ status: 200, headers: {}, body: wholeBody(new Uint8Array()) });
      },
      { qps: 10, burst: 5 },
      clock,
    );
    const request = { method: 'GET', path: '/', headers: {} };
    const all = Promise.all(Array.from({ length: 20 }, () => transport(request)));
    await clock.advance(0);
    assert.equal(sent, 5);
    await clock.advance(1_000);
    assert.equal(sent, 15);
    await clock.advance(500);
    await all;
    assert.equal(sent, 20);
    await clock.advance(60_000);
    const more = Promise.all(Array.from({ length: 6 }, () => transport(request)));
    await clock.advance(0);
    assert.equal(sent, 25, 'a quiet time saves no more than a burst');
    await clock.advance(100);
    await more;
  });
});
