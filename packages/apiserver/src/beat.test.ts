import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { createBeat } from './beat.ts';

describe('a beat', () => {
  const setup = () => {
    const clock = createFakeClock();
    const beat = createBeat(clock, { leastMs: 5, perWokenMs: 1, mostMs: 20 });
    const woken: string[] = [];
    const wait = (name: string) => void beat.next().then(() => woken.push(name));
    return { clock, woken, wait };
  };

  it('wakes all who wait at once, with one timer that runs only while somebody waits', async () => {
    const { clock, woken, wait } = setup();
    wait('a');
    await clock.advance(3);
    wait('b');
    assert.equal(clock.pending(), 1);
    await clock.advance(1);
    assert.deepEqual(woken, []);
    await clock.advance(1);
    assert.deepEqual(woken, ['a', 'b']);
    assert.equal(clock.pending(), 0);
    wait('c');
    await clock.advance(5);
    assert.deepEqual(woken, ['a', 'b', 'c']);
  });

  it('slows down with the number of those it woke, within bounds', async () => {
    const { clock, woken, wait } = setup();
    const waitAll = (count: number) => Array.from({ length: count }, (_, i) => wait(String(i)));
    waitAll(10);
    await clock.advance(5);
    assert.equal(woken.length, 10);
    waitAll(100);
    await clock.advance(9);
    assert.equal(woken.length, 10);
    await clock.advance(1);
    assert.equal(woken.length, 110);
    wait('a');
    await clock.advance(20);
    assert.equal(woken.length, 111);
    wait('b');
    await clock.advance(5);
    assert.equal(woken.length, 112);
  });
});
