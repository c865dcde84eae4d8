import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { createEventRecorder } from './event-recorder.ts';
import type { EventRecorderOptions } from './event-recorder.ts';

/** A recorder whose writes end when the test says so. */
function start() {
  const clock = createFakeClock();
  const writes: { readonly what: string; readonly end: (err?: Error) => void }[] = [];
  const begin = (what: string) =>
    new Promise<never>((resolve, reject) =>
      writes.push({ what, end: (err) => (err ? reject(err) : resolve(undefined as never)) }),
    );
  const client = {
    create: (_: unknown, event: { readonly message?: string }) => begin(`create ${event.message}`),
    patch: (...[, , , patch]: readonly unknown[]) =>
      begin(`count ${(patch as { readonly count: number }).count}`),
  } as unknown as EventRecorderOptions['client'];
  const recorder = createEventRecorder({
    ...{ client, clock, logger: silentLogger, component: 'test', instance: 'test-1' },
  });
  const tell = (name: string, message: string) =>
    recorder.event(makePod(name), 'Normal', 'Told', message);
  return { clock, writes, tell, began: () => writes.map(({ what }) => what) };
}

describe('createEventRecorder', () => {
  it('writes an event a little after what it tells of, and counts repeats one after the other', async () => {
    const { clock, writes, tell, began } = start();
    for (let i = 0; i < 3; i += 1) tell('a', 'one');
    tell('a', 'two');
    await clock.advance(499);
    assert.deepEqual(began(), []);
    await clock.advance(1);
    assert.deepEqual(began(), ['create one', 'create two']);
    writes[0]!.end();
    await clock.advance(0);
    assert.deepEqual(began().slice(2), ['count 2']);
    writes[2]!.end(new Error('no answer'));
    await clock.advance(0);
    assert.deepEqual(began().slice(3), ['count 3']);
  });

  it('writes no more in a second than leaves room for what it tells of', async () => {
    const { clock, writes, tell, began } = start();
    for (let i = 0; i < 1000; i += 1) tell(`p${i}`, 'one');
    const writeAll = async () => {
      for (let i = 0; i < writes.length; i += 1) {
        writes[i]!.end();
        await clock.advance(0);
      }
    };
    await clock.advance(500);
    await writeAll();
    const burst = began().length;
    assert.ok(burst >= 300 && burst <= 310, String(burst));
    for (let ms = 0; ms < 1000; ms += 10) {
      await clock.advance(10);
      await writeAll();
    }
    const more = began().length - burst;
    assert.ok(more >= 95 && more <= 105, String(more));
  });

  it('has few writes under way, and drops what comes when too many wait', async () => {
    const { clock, writes, tell, began } = start();
    for (let i = 0; i < 12_000; i += 1) tell(`p${i}`, 'one');
    await clock.advance(500);
    assert.equal(began().length, 4);
    for (let i = 0; i < writes.length; i += 1) {
      writes[i]!.end();
      await clock.advance(i < 300 ? 0 : 10);
    }
    assert.ok(began().length >= 10_000 && began().length <= 10_004, String(began().length));
  });
});
