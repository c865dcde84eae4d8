import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { systemClock } from './system-clock.ts';

/** As far as Node's own timers go: a bit less than 25 days. */
const reachMs = 2 ** 31 - 1;

describe('the system clock', () => {
  let calls: number;
  const call = () => void (calls += 1);
  // The mocked timers see nothing that begins within a step before the step ends.
  const pass = (ms: number) => {
    for (let left = ms; left > 0; left -= reachMs) mock.timers.tick(Math.min(left, reachMs));
  };
  beforeEach(() => {
    calls = 0;
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => mock.timers.reset());

  for (const ms of [1, 1000, reachMs, reachMs + 1, 3 * reachMs, 14 * reachMs + 5]) {
    it(`waits ${ms} ms`, () => {
      systemClock.after(ms, call);
      pass(ms - 1);
      assert.equal(calls, 0);
      pass(1);
      assert.equal(calls, 1);
      pass(3 * reachMs);
      assert.equal(calls, 1);
    });
  }

  it('can be told not to, at any time', () => {
    const cancel = systemClock.after(3 * reachMs, call);
    pass(2.5 * reachMs);
    cancel();
    pass(3 * reachMs);
    assert.equal(calls, 0);
  });

  it('waits for ever when it shall', () => {
    systemClock.after(Infinity, call);
    pass(1000 * reachMs);
    assert.equal(calls, 0);
  });
});
