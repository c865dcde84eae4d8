import assert from 'node:assert/strict';
import type { Event } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { createEventRecorder } from './event-recorder.ts';
import type { EventRecorderOptions } from './event-recorder.ts';

/** A recorder whose writes end when the test says so. */
function start(signal?: AbortSignal) {
  const clock = createFakeClock();
  const writes: {
    readonly what: string;
    readonly name: string;
    readonly end: (err?: Error) => void;
  }[] = [];
  const begin = (what: string, name: string) =>
    new Promise<never>((resolve, reject) =>
      writes.push({ what, name, end: (err) => (err ? reject(err) : resolve(undefined as never)) }),
    );
  const client = {
    create: (_: unknown, { message, metadata }: Event) => begin(`create ${message}`, metadata.name),
    patch: (_: unknown, { name }: { readonly name: string }, _type: string, patch: Event) =>
      begin(`count ${patch.count}`, name),
  } as unknown as EventRecorderOptions['client'];
  const recorder = createEventRecorder({
    ...{ client, clock, logger: silentLogger, component: 'test', instance: 'test-1' },
    ...(signal && { signal }),
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
    await clock.advance(49);
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

  it('counts what was told often in a rush, in order, and under the name of the first time', async () => {
    const { clock, writes, tell, began } = start();
    for (let i = 0; i < 150; i += 1) tell('a', 'one');
    for (let i = 0; i < 150; i += 1) {
      await clock.advance(i === 0 ? 500 : 20);
      writes[i]!.end();
      await clock.advance(0);
    }
    const counts = Array.from({ length: 149 }, (_, i) => `count ${i + 2}`);
    assert.deepEqual(began(), ['create one', ...counts]);
    assert.equal(new Set(writes.map(({ name }) => name)).size, 1);
  });

  it('still knows what was told a while ago', async () => {
    const { clock, writes, tell, began } = start();
    tell('a', 'one');
    await clock.advance(500);
    writes[0]!.end();
    for (let i = 0; i < 4096; i += 1) tell(`p${i}`, 'one');
    tell('a', 'one');
    for (let i = 1; i < 4098; i += 1) {
      await clock.advance(500);
      writes[i]!.end();
    }
    assert.deepEqual(began().slice(4096), ['create one', 'count 2']);
  });

  it('writes nothing more when it is stopped, and keeps nobody waiting', async () => {
    const stop = new AbortController();
    const { clock, writes, tell, began } = start(stop.signal);
    for (let i = 0; i < 1000; i += 1) tell(`p${i}`, 'one');
    await clock.advance(500);
    writes[0]!.end();
    stop.abort();
    await clock.advance(0);
    const before = began().length;
    for (const { end } of writes) end();
    tell('late', 'one');
    await clock.advance(60_000);
    assert.equal(began().length, before);
    assert.equal(clock.pending(), 0);
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
    assert.ok(burst >= 100 && burst <= 110, String(burst));
    for (let ms = 0; ms < 1000; ms += 10) {
      await clock.advance(10);
      await writeAll();
    }
    const more = began().length - burst;
    assert.ok(more >= 45 && more <= 55, String(more));
  });

  it('has few writes under way, and drops what comes when too many wait', async () => {
    const { clock, writes, tell, began } = start();
    for (let i = 0; i < 12_000; i += 1) tell(`p${i}`, 'one');
    await clock.advance(500);
    assert.equal(began().length, 4);
    for (let i = 0; i < writes.length; i += 1) {
      writes[i]!.end();
      await clock.advance(i < 100 ? 0 : 20);
    }
    assert.ok(began().length >= 10_000 && began().length <= 10_004, String(began().length));
  });
});
