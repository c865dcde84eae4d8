import assert from 'node:assert/strict';
import { silentLogger, systemClock } from '@berth/component-base';
import { ExpiredError, UnavailableError } from './errors.ts';
import { createMemoryStorage } from './memory.ts';
import type { KeyValue, Storage, StorageEvent, WatchItem } from './storage.ts';
import { describeStorage } from './testing/contract.ts';
import { makeFaulty } from './testing/faulty-storage.ts';
import type { FaultyStorage } from './testing/faulty-storage.ts';
import { keyOfEvent, takeEvents } from './testing/follow.ts';
import { makeLate } from './testing/late-storage.ts';
import { createWatchCache } from './watch-cache.ts';
import type { WatchCache, WatchCacheOptions } from './watch-cache.ts';

const prefix = '/registry/pods/';
const bytes = (text: string) => Buffer.from(text);
const revisionOf = (event: StorageEvent) =>
  event.type === 'put' ? event.kv.modRevision : event.revision;
const text = (kv: KeyValue | undefined) => kv && Buffer.from(kv.value).toString();

describeStorage('a watch cache on memory', async ({ history }) => {
  const storage = createMemoryStorage();
  const cache = createWatchCache({
    storage,
    prefix: '/registry/',
    clock: systemClock,
    logger: silentLogger,
    ...(history !== undefined && { windowEvents: history }),
  });
  await cache.listCached('/registry/');
  const close = async () => {
    await cache.close();
    await storage.close();
  };
  return { ...cache, close };
});

describe('a watch cache', () => {
  let real: Storage;
  let storage: FaultyStorage;
  let cache: WatchCache;
  const open = (options: Partial<WatchCacheOptions> = {}) =>
    (cache = createWatchCache({
      storage,
      prefix,
      clock: systemClock,
      logger: silentLogger,
      patienceMs: 200,
      ...options,
    }));
  beforeEach(() => {
    real = createMemoryStorage();
    storage = makeFaulty(real);
  });
  afterEach(async () => {
    await cache.close();
    await storage.close();
  });
  const put = async (name: string, value = name) => {
    const key = `${prefix}default/${name}`;
    const { kv } = await storage.get(key);
    const next = kv
      ? await storage.update(key, bytes(value), kv.modRevision)
      : await storage.create(key, bytes(value));
    return next!;
  };
  const soon = () => AbortSignal.timeout(5_000);

  it('needs one watch of the storage for all of its own', async () => {
    open();
    const { revision } = await cache.list(prefix);
    const watching = Array.from({ length: 50 }, () => takeEvents(cache, prefix, revision, 3));
    for (const name of ['a', 'b', 'c']) await put(name);
    await Promise.all(watching);
    assert.deepEqual(storage.watches(), { now: 1, ever: 1 });
  });

  it('tells what is there already in one piece, which watchers at the same place share', async () => {
    open({ windowEvents: 1_000 });
    const { revision } = await cache.list(prefix);
    const written: number[] = [];
    for (let i = 0; i < 300; i += 1) written.push((await put(`${i % 7}`, String(i))).modRevision);
    await cache.waitFor(written.at(-1)!, soon());
    const follow = async () => {
      const pieces: (readonly WatchItem[])[] = [];
      let told = 0;
      for await (const piece of await cache.watchBatches(prefix, revision, soon())) {
        pieces.push(piece);
        told += piece.length;
        if (told >= written.length) break;
      }
      return pieces;
    };
    const [one, other] = await Promise.all([follow(), follow()]);
    assert.ok(one.length > 1 && one.length < 10, `${one.length} pieces`);
    one.forEach((piece, i) => assert.equal(piece, other[i]));
    const told = one.flat().map((item) => (item.kind === 'event' ? revisionOf(item.event) : 0));
    assert.deepEqual(told, written);
  });

  it('ends a piece that has grown large', async () => {
    open();
    const { revision } = await cache.list(prefix);
    for (const name of ['a', 'b', 'c']) await put(name, 'x'.repeat(200 * 1024));
    const { modRevision } = await put('d');
    await cache.waitFor(modRevision, soon());
    const lengths: number[] = [];
    for await (const piece of await cache.watchBatches(prefix, revision, soon()))
      if (lengths.push(piece.length) === 2) break;
    assert.deepEqual(lengths, [2, 2]);
  });

  it('gives every watcher the same item, and the object that lists and gets give', async () => {
    await put('a', 'before');
    open();
    const { revision, kvs } = await cache.list(prefix);
    const watching = [1, 2].map(() => takeEvents(cache, prefix, revision, 2));
    const a = await put('a', 'after');
    await put('a', 'last');
    const [[first, second] = [], others] = await Promise.all(watching);
    assert.ok(first?.type === 'put' && second?.type === 'put');
    assert.equal(first, others?.[0]);
    assert.equal(second, others?.[1]);
    assert.equal(first.prev, kvs[0]);
    assert.equal(second.prev, first.kv);
    const held = second.kv;
    assert.equal((await cache.list(prefix)).kvs[0], held);
    assert.equal((await cache.listCached(prefix)).kvs[0], held);
    assert.equal((await cache.get(a.key)).kv, held);
    assert.equal((await cache.getCached(a.key)).kv, held);
    assert.equal([...cache.scan(prefix)][0], held);
  });

  it('passes keys of others through', async () => {
    open();
    const kv = await cache.create('/registry/services/specs/default/a', bytes('svc'));
    assert.equal((await cache.list('/registry/services/')).kvs[0]?.modRevision, kv?.modRevision);
    const [event] = await takeEvents(cache, '/registry/', kv!.modRevision - 1, 1);
    assert.equal(keyOfEvent(event!), kv?.key);
    assert.equal((await cache.listCached(prefix)).kvs.length, 0);
  });

  it('shows what was written elsewhere a moment ago, under its prefix or not', async () => {
    open();
    for (let i = 0; i < 50; i += 1) {
      const kv = await put('a', String(i));
      const listed = await cache.list(prefix);
      assert.equal(text(listed.kvs[0]), String(i));
      assert.ok(listed.revision >= kv.modRevision);
      const other = await storage.create(`/registry/services/specs/default/${i}`, bytes('x'));
      assert.equal((await cache.list(prefix)).revision, other?.modRevision);
    }
    assert.equal(storage.watches().ever, 1);
  });

  it('answers from what is at hand without the storage', async () => {
    await put('a');
    open();
    await cache.list(prefix);
    storage.down();
    assert.deepEqual((await cache.listCached(prefix)).kvs.map(text), ['a']);
    await assert.rejects(cache.list(prefix), UnavailableError);
    await assert.rejects(cache.get(`${prefix}default/a`), UnavailableError);
    await assert.rejects(cache.ping(), UnavailableError);
  });

  it('says so while it has nothing at hand', async () => {
    storage.down();
    open();
    await assert.rejects(cache.listCached(prefix), UnavailableError);
    await assert.rejects(takeEvents(cache, prefix, 1, 1), UnavailableError);
    assert.equal(cache.currentRevision(), 0);
    storage.up();
    await cache.waitFor(1, soon());
    assert.equal((await cache.listCached(prefix)).kvs.length, 0);
  });

  it('goes on where it was when the storage comes back: watchers miss nothing and see nothing twice', async () => {
    open();
    const { revision } = await cache.list(prefix);
    const total = 60;
    const watching = takeEvents(cache, prefix, revision, total);
    for (let i = 0; i < total; i += 1) {
      if (i % 20 === 10) storage.cutWatches();
      await put(`p${i}`);
    }
    const events = await watching;
    assert.deepEqual(
      events.map(keyOfEvent),
      Array.from({ length: total }, (_, i) => `${prefix}default/p${i}`),
    );
    assert.ok(storage.watches().ever > 1);
  });

  it('lists again when history is gone, and tells its watchers', async () => {
    await put('a');
    const kept = await put('kept');
    open();
    const { revision, kvs } = await cache.list(prefix);
    const watching = takeEvents(cache, prefix, revision, 1);
    const isExpired = (err: unknown) => err instanceof ExpiredError && err.oldest > revision;
    const cutOff = assert.rejects(watching, isExpired);
    storage.down();
    const gone = await real.get(`${prefix}default/a`);
    await real.remove(gone.kv!.key, gone.kv!.modRevision);
    const last = await real.create(`${prefix}default/new`, bytes('new'));
    await real.compact(last!.modRevision);
    storage.up();
    await cutOff;
    const after = await cache.list(prefix);
    assert.deepEqual(after.kvs.map(text), ['kept', 'new']);
    assert.equal(
      after.kvs[0],
      kvs.find(({ key }) => key === kept.key),
    );
    await assert.rejects(takeEvents(cache, prefix, revision, 1), isExpired);
    const again = takeEvents(cache, prefix, after.revision, 1);
    await put('later');
    assert.deepEqual((await again).map(keyOfEvent), [`${prefix}default/later`]);
  });

  it('forgets events by number and by age, and refuses watches from before', async () => {
    let now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    open({ clock, windowEvents: 40, windowMs: 1_000 });
    const { revision } = await cache.list(prefix);
    for (let i = 0; i < 60; i += 1) await put('a', String(i));
    const at = (await cache.list(prefix)).revision;
    await assert.rejects(takeEvents(cache, prefix, revision, 1), ExpiredError);
    assert.equal((await takeEvents(cache, prefix, at - 10, 10)).length, 10);
    for (const time of [1_500, 3_000]) {
      now = time;
      await put('a', `at ${time}`);
    }
    await cache.list(prefix);
    await assert.rejects(takeEvents(cache, prefix, at - 10, 1), ExpiredError);
    // What is no longer held for watches can still be listed: the storage remembers longer.
    const old = await cache.list(prefix, { revision: at - 10 });
    assert.deepEqual(old.kvs.map(text), ['49']);
  });

  it('lets those who wait for a revision go on when it is there', async () => {
    open();
    const { revision } = await cache.list(prefix);
    const waiting = cache.waitFor(revision + 2, soon());
    await put('a');
    const other = await storage.create('/registry/services/specs/default/a', bytes('x'));
    storage.requestProgress(prefix, other!.modRevision);
    await waiting;
    assert.ok(cache.currentRevision() >= revision + 2);
    await assert.rejects(cache.waitFor(revision + 1_000, AbortSignal.timeout(20)), {
      name: 'TimeoutError',
    });
    const closing = assert.rejects(cache.waitFor(revision + 1_000, soon()), UnavailableError);
    await cache.close();
    await closing;
  });

  it('is as quick for others while somebody waits for what is far ahead', async () => {
    open({ patienceMs: 60_000 });
    await cache.list(prefix);
    const far = assert.rejects(cache.waitFor(1_000_000_000, AbortSignal.timeout(50)));
    for (const name of ['a', 'b']) {
      const other = await storage.create(`/registry/services/specs/default/${name}`, bytes('x'));
      assert.equal((await cache.list(prefix)).revision, other?.modRevision);
      await far;
    }
  });

  it('can be waited for until it has what was written here', async () => {
    const late = makeLate(real);
    open({ storage: late, patienceMs: 5_000 });
    await cache.listCached(prefix);
    assert.equal(cache.catchUp(), undefined);
    const key = `${prefix}default/a`;
    const atHand = async () => text((await cache.getCached(key)).kv);
    const kv = await cache.create(key, bytes('one'));
    assert.equal(await atHand(), undefined);
    const waiting = cache.catchUp();
    late.hurry();
    await waiting;
    assert.equal(await atHand(), 'one');
    await cache.update(key, bytes('two'), kv!.modRevision);
    await cache.catchUp();
    assert.equal(await atHand(), 'two');
    const { kv: two } = await cache.get(key);
    await cache.remove(key, two!.modRevision);
    await cache.catchUp();
    assert.equal(await atHand(), undefined);
    assert.equal(cache.catchUp(), undefined);
  });

  it('is waited for in vain for a while only', async () => {
    open({ storage: makeLate(real), patienceMs: 20 });
    await cache.listCached(prefix);
    await cache.create(`${prefix}default/a`, bytes('a'));
    await cache.catchUp();
    assert.equal((await cache.listCached(prefix)).kvs.length, 0);
  });

  it('asks the storage when it cannot catch up in time', async () => {
    open({ patienceMs: 20 });
    await cache.list(prefix);
    const silent = { ...storage, requestProgress: () => undefined };
    await cache.close();
    cache = createWatchCache({
      storage: silent,
      prefix,
      clock: systemClock,
      logger: silentLogger,
      patienceMs: 20,
    });
    await cache.listCached(prefix);
    const other = await storage.create('/registry/services/specs/default/a', bytes('x'));
    const { revision } = await cache.list(prefix);
    assert.equal(revision, other?.modRevision);
    assert.ok(cache.currentRevision() < revision);
  });

  it('scans in key order from a key on', async () => {
    for (const name of ['c', 'a', 'b']) await put(name);
    await storage.create('/registry/podsx/a', bytes('x'));
    open();
    await cache.list(prefix);
    assert.deepEqual([...cache.scan(prefix)].map(text), ['a', 'b', 'c']);
    assert.deepEqual([...cache.scan(prefix, `${prefix}default/b`)].map(text), ['b', 'c']);
  });
});
