import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { createTurns } from './turns.ts';

describe('turns', () => {
  const setup = () => {
    const clock = createFakeClock();
    return { clock, turns: createTurns<string>(clock, 1_000) };
  };

  it('come in order, each told what the one before left', async () => {
    const { clock, turns } = setup();
    const first = await turns.take('a');
    assert.equal(first.left, undefined);
    const order: (string | undefined)[] = [];
    const others = ['x', 'y', undefined, 'z'].map(async (left) => {
      const turn = await turns.take('a');
      order.push(turn.left);
      turn.end(left);
    });
    assert.ok(turns.isTaken('a'));
    assert.ok(!turns.isTaken('b'));
    first.end('w');
    await Promise.all(others);
    // Who leaves nothing leaves what was there.
    assert.deepEqual(order, ['w', 'x', 'y', 'y']);
    assert.ok(!turns.isTaken('a'));
    assert.equal(clock.pending(), 0);
  });

  it('do not hold up whoever has waited long enough', async () => {
    const { clock, turns } = setup();
    const stuck = await turns.take('a');
    const patient = turns.take('a');
    await clock.advance(1_000);
    const beside = await patient;
    beside.end('lost');
    assert.ok(turns.isTaken('a'));
    const next = turns.take('a');
    stuck.end('kept');
    assert.equal((await next).left, 'kept');
  });
});
