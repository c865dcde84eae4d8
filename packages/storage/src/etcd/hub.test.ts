import assert from 'node:assert/strict';
import { silentLogger, systemClock } from '@berth/component-base';
import { ExpiredError, UnavailableError } from '../errors.ts';
import type { WatchItem } from '../storage.ts';
import type { Connection } from './connection.ts';
import { startHub } from './hub.ts';
import type { Hub } from './hub.ts';
import type { WatchAnswer, WatchEvent } from './messages.ts';
import { createKeySpace } from './wire.ts';

interface FakeStream {
  readonly from: number;
  answer(events: readonly WatchEvent[], more?: Partial<WatchAnswer>): void;
  break(): void;
}

const silence = { created: false, canceled: false, cancelReason: '', compactRevision: 0 };

/** A connection whose watches are played by the test. */
function createFakeConnection() {
  const opened: FakeStream[] = [];
  const waiting: ((stream: FakeStream) => void)[] = [];
  const watch: Connection['watch'] = (from, take, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => resolve());
      const stream: FakeStream = {
        from,
        answer(events, more) {
          try {
            take({ ...silence, events, ...more });
          } catch (err) {
            reject(err instanceof Error ? err : new Error(String(err)));
          }
        },
        break: () => reject(new UnavailableError('broken')),
      };
      const next = waiting.shift();
      if (next) next(stream);
      else opened.push(stream);
    });
  const connection = { watch, read: async () => undefined } as unknown as Connection;
  const nextStream = () =>
    new Promise<FakeStream>((resolve) => {
      const stream = opened.shift();
      if (stream) resolve(stream);
      else waiting.push(resolve);
    });
  return { connection, nextStream };
}

const stateOf = (key: string, revision: number) => ({
  key: Buffer.from(key),
  value: Buffer.from('x'),
  createRevision: revision,
  modRevision: revision,
});
const put = (key: string, revision: number): WatchEvent => ({
  type: 'put',
  kv: stateOf(key, revision),
});
const gone = (key: string, revision: number): WatchEvent => ({
  type: 'delete',
  kv: { ...stateOf(key, revision), value: Buffer.alloc(0), createRevision: 0 },
  prev: stateOf(key, revision - 1),
});

describe('the hub of etcd', () => {
  let hub: Hub;
  let fake: ReturnType<typeof createFakeConnection>;
  const stop = new AbortController();
  beforeEach(() => {
    fake = createFakeConnection();
    hub = startHub({
      connection: fake.connection,
      keys: createKeySpace('/own'),
      clock: systemClock,
      logger: silentLogger,
      from: 10,
      history: 100,
      giveUpAfterMs: 10_000,
    });
  });
  afterEach(() => hub.stop(new UnavailableError('the test is over')));

  async function take(count: number, from = 10): Promise<readonly WatchItem[]> {
    const items: WatchItem[] = [];
    for await (const item of hub.log.follow('/', from, stop.signal))
      if (items.push(item) === count) break;
    return items;
  }
  const revisions = (items: readonly WatchItem[]) =>
    items.map((item) =>
      item.kind === 'event' && item.event.type === 'put' ? item.event.kv.modRevision : undefined,
    );

  it('resumes after the last event, not after what the messages carry', async () => {
    const first = await fake.nextStream();
    assert.equal(first.from, 11);
    first.answer([], { created: true });
    first.answer([put('/own/a', 11), put('/own/b', 12)]);
    first.break();
    const second = await fake.nextStream();
    assert.equal(second.from, 13);
    second.answer([put('/own/c', 13)]);
    assert.deepEqual(revisions(await take(3)), [11, 12, 13]);
  });

  it('takes an event once, though etcd goes back in time', async () => {
    const stream = await fake.nextStream();
    stream.answer([put('/own/a', 11), put('/own/b', 12)]);
    stream.answer([put('/own/a', 11), put('/own/b', 12), put('/own/c', 13)]);
    assert.deepEqual(revisions(await take(3)), [11, 12, 13]);
  });

  it('finds out when etcd leaves something out', async () => {
    const stream = await fake.nextStream();
    stream.answer([put('/own/a', 11)]);
    stream.answer([put('/own/c', 13)]);
    await assert.rejects(take(2), ExpiredError);
    assert.ok(hub.isOver());
  });

  it('passes over what belongs to others, and is up to date all the same', async () => {
    const stream = await fake.nextStream();
    stream.answer([put('/other/a', 11), put('/own/b', 12), put('/other/c', 13)]);
    assert.equal(hub.log.revision, 13);
    assert.deepEqual(revisions(await take(1)), [12]);
  });

  it('gives what was there before as it came itself, or as etcd has it', async () => {
    const changed = (revision: number, before: number): WatchEvent => ({
      type: 'put',
      kv: { ...stateOf('/own/a', revision), createRevision: 5 },
      prev: { ...stateOf('/own/a', before), value: Buffer.from(`of ${before}`) },
    });
    const stream = await fake.nextStream();
    const others = Array.from({ length: 200 }, (_, i) => put(`/own/${i}`, 13 + i));
    const following = take(2);
    stream.answer([changed(11, 9), changed(12, 11)]);
    const [first, second] = await following;
    stream.answer(others);
    stream.answer([changed(213, 12), gone('/own/a', 214)]);
    const [third, last] = await take(2, 212);
    const eventOf = (item: WatchItem | undefined) => {
      assert.ok(item?.kind === 'event');
      return item.event;
    };
    const [one, two, three, four] = [first, second, third, last].map(eventOf);
    assert.ok(one?.type === 'put' && two?.type === 'put' && three?.type === 'put');
    assert.equal(Buffer.from(one.prev!.value).toString(), 'of 9');
    assert.equal(two.prev, one.kv);
    // The log has forgotten that one.
    assert.deepEqual(three.prev, { key: '/a', value: Buffer.from('of 12'), modRevision: 12 });
    assert.equal(four?.prev, four && three.kv);
  });

  it('says which removals belong together', async () => {
    const stream = await fake.nextStream();
    stream.answer([
      gone('/own/a', 11),
      gone('/other/b', 11),
      gone('/own/c', 11),
      put('/own/d', 12),
    ]);
    const items = await take(3);
    assert.deepEqual(
      items.map((item) => item.kind === 'event' && item.more),
      [true, undefined, undefined],
    );
  });

  it('tells what etcd was compacted to', async () => {
    const stream = await fake.nextStream();
    stream.answer([], { created: true });
    stream.answer([], { canceled: true, compactRevision: 40 });
    await assert.rejects(
      take(1),
      (err: unknown) => err instanceof ExpiredError && err.oldest === 40,
    );
  });

  it('does not guess what was there before when etcd does not say', async () => {
    const stream = await fake.nextStream();
    const { type, kv } = gone('/own/a', 11);
    stream.answer([{ type, kv }]);
    await assert.rejects(take(1), ExpiredError);
  });
});
