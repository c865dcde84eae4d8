import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { createKeeper } from './keep-alive.ts';

function start() {
  const clock = createFakeClock();
  const pongs: (() => void)[] = [];
  let drops = 0;
  const connection = {
    session: { ping: (onPong: () => void) => void pongs.push(onPong) },
    drop: () => void (drops += 1),
  };
  const hold = createKeeper(clock);
  return { clock, pongs, hold: () => hold(connection), drops: () => drops };
}

describe('keeping connections alive', () => {
  it('asks every 10 seconds, and is content with an answer', async () => {
    const { clock, pongs, hold, drops } = start();
    hold();
    for (let asked = 1; asked <= 3; asked += 1) {
      await clock.advance(9_999);
      assert.equal(pongs.length, asked - 1);
      await clock.advance(1);
      assert.equal(pongs.length, asked);
      pongs.at(-1)!();
    }
    assert.equal(drops(), 0);
  });

  it('drops whoever has not answered for 5 seconds', async () => {
    const { clock, hold, drops } = start();
    hold();
    await clock.advance(14_999);
    assert.equal(drops(), 0);
    await clock.advance(1);
    assert.equal(drops(), 1);
  });

  it('asks once for all who hold a connection, until the last one lets go', async () => {
    const { clock, pongs, hold } = start();
    const first = hold();
    await clock.advance(3_000);
    const second = hold();
    await clock.advance(7_000);
    assert.equal(pongs.length, 1);
    pongs[0]!();
    first();
    first();
    await clock.advance(10_000);
    assert.equal(pongs.length, 2);
    pongs[1]!();
    second();
    assert.equal(clock.pending(), 0);
  });

  it('leaves no timer behind, even if an answer comes late, and can begin again', async () => {
    const { clock, pongs, hold } = start();
    const letGo = hold();
    await clock.advance(10_000);
    letGo();
    pongs[0]!();
    assert.equal(clock.pending(), 0);
    hold();
    await clock.advance(10_000);
    assert.equal(pongs.length, 2);
  });
});
