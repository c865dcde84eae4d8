import assert from 'node:assert/strict';
import { ExpiredError, SlowWatcherError, TooLargeError, UnavailableError } from '../errors.ts';
import { maxValueBytes } from '../limits.ts';
import type { KeyValue, Storage } from '../storage.ts';
import { eventsUntil, keyOfEvent, nextItem, revisionOfEvent, takeEvents } from './follow.ts';
import { topicsOfKeys } from './topics.ts';
import type { TopicOfKeys } from './topics.ts';

export interface OpenOptions {
  /** Most events the storage may keep for its watches. */
  readonly history?: number;
}

export interface ContractOptions {
  /** Longest wait for a key with a time to live of two seconds to vanish. */
  readonly ttlPatienceMs?: number;
  /** Why the suite cannot run here; asked once, before it. */
  readonly unavailable?: () => string | undefined;
}

/** Gives a storage without keys under `/registry/`. */
export type OpenStorage = (options: OpenOptions) => Promise<Storage>;

const bytes = (text: string) => Buffer.from(text);
const text = (kv: KeyValue | undefined) => kv && Buffer.from(kv.value).toString();
const iterate = <T>(items: AsyncIterable<T>) => items[Symbol.asyncIterator]();
const never = () => new AbortController().signal;

/**
 * Everything the `Storage` interface promises, as a mocha suite. What passes it can stand under an API server. Tests that
 * keep a topic of upstream's contract name it in brackets.
 */
export function describeStorage(
  name: string,
  open: OpenStorage,
  { ttlPatienceMs = 8_000, unavailable }: ContractOptions = {},
): void {
  describe(`${name} keeps the storage contract`, function () {
    this.timeout(30_000);
    let storage: Storage;
    const named = new Set<TopicOfKeys>();
    const on = (topic: TopicOfKeys, promise: string) => {
      named.add(topic);
      return `${promise} [${topic}]`;
    };
    const openAs = async (options: OpenOptions) => (storage = await open(options));

    before(function () {
      const reason = unavailable?.();
      if (reason === undefined) return;
      console.log(`      skipped: ${reason}`);
      this.skip();
    });
    beforeEach(() => openAs({}));
    afterEach(() => storage.close());

    const create = async (key: string, value = key) => {
      const kv = await storage.create(key, bytes(value));
      assert.ok(kv, `${key} existed already`);
      return kv;
    };
    const update = async (kv: KeyValue, value: string) => {
      const next = await storage.update(kv.key, bytes(value), kv.modRevision);
      assert.ok(next, `${kv.key} was changed meanwhile`);
      return next;
    };

    describe('one key', () => {
      it(on('Create', 'is read as it was written, and is absent before'), async () => {
        const absent = await storage.get('/registry/pods/default/a');
        assert.equal(absent.kv, undefined);
        const kv = await create('/registry/pods/default/a', 'one');
        assert.equal(text(kv), 'one');
        assert.equal(kv.modRevision, absent.revision + 1);
        const found = await storage.get('/registry/pods/default/a');
        assert.equal(text(found.kv), 'one');
        assert.equal(found.kv?.modRevision, kv.modRevision);
        assert.equal(found.revision, kv.modRevision);
      });

      it(on('CreateWithKeyExist', 'is created once'), async () => {
        const first = await create('/registry/pods/default/a', 'one');
        assert.equal(await storage.create('/registry/pods/default/a', bytes('two')), undefined);
        const { kv } = await storage.get('/registry/pods/default/a');
        assert.deepEqual([text(kv), kv?.modRevision], ['one', first.modRevision]);
      });

      it('is not changed by an update that expects another revision', async () => {
        const first = await create('/registry/pods/default/a', 'one');
        const second = await update(first, 'two');
        assert.equal(await storage.update(first.key, bytes('three'), first.modRevision), undefined);
        assert.equal(
          await storage.update(first.key, bytes('three'), second.modRevision + 1),
          undefined,
        );
        assert.equal(text((await storage.get(first.key)).kv), 'two');
      });

      it('is not made by an update', async () => {
        assert.equal(await storage.update('/registry/pods/default/a', bytes('x'), 1), undefined);
        assert.equal(await storage.update('/registry/pods/default/a', bytes('x'), 0), undefined);
        assert.equal((await storage.get('/registry/pods/default/a')).kv, undefined);
      });

      it(on('ConditionalDelete', 'is removed only at the revision that is expected'), async () => {
        const first = await create('/registry/pods/default/a');
        const second = await update(first, 'two');
        assert.equal(await storage.remove(first.key, first.modRevision), undefined);
        assert.equal(text((await storage.get(first.key)).kv), 'two');
        assert.equal(await storage.remove(first.key, second.modRevision), second.modRevision + 1);
        assert.equal((await storage.get(first.key)).kv, undefined);
        assert.equal(await storage.remove(first.key, second.modRevision), undefined);
        assert.equal(await storage.remove(first.key, 0), undefined);
      });

      it('can be created again, at a newer revision', async () => {
        const first = await create('/registry/pods/default/a');
        const removed = await storage.remove(first.key, first.modRevision);
        const second = await create('/registry/pods/default/a', 'again');
        assert.equal(second.modRevision, removed! + 1);
        assert.equal(await storage.update(first.key, bytes('x'), first.modRevision), undefined);
      });

      it('keeps every byte', async () => {
        const value = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
        const kv = await storage.create('/registry/secrets/default/é/☃/𝄞', value);
        const found = await storage.get('/registry/secrets/default/é/☃/𝄞');
        assert.deepEqual(Uint8Array.from(found.kv!.value), value);
        assert.equal(found.kv!.modRevision, kv!.modRevision);
      });

      it(on('Get', 'is read as it is now, at the newest revision of all keys'), async () => {
        const first = await create('/registry/pods/default/a', 'one');
        const second = await update(first, 'two');
        const other = await create('/registry/pods/default/b');
        const found = await storage.get(first.key);
        assert.deepEqual([text(found.kv), found.kv?.modRevision], ['two', second.modRevision]);
        assert.equal(found.revision, other.modRevision);
        const absent = await storage.get('/registry/pods/default/c');
        assert.deepEqual(absent, { revision: other.modRevision });
      });

      it('may be empty', async () => {
        const kv = await create('/registry/pods/default/a', '');
        assert.equal((await storage.get(kv.key)).kv?.value.byteLength, 0);
      });

      it('takes 1.4 MiB', async () => {
        const value = Buffer.alloc(1.4 * 1024 * 1024, 'v');
        const kv = await storage.create('/registry/configmaps/default/big', value);
        const { kvs } = await storage.list('/registry/configmaps/');
        assert.ok(value.equals(kvs[0]!.value));
        const [event] = await takeEvents(storage, '/registry/', kv!.modRevision - 1, 1);
        assert.ok(event?.type === 'put' && value.equals(event.kv.value));
      });

      it('refuses what no backend takes, and stays as it was', async () => {
        const kv = await create('/registry/configmaps/default/big');
        const value = Buffer.alloc(maxValueBytes + 1);
        await assert.rejects(storage.create(`${kv.key}ger`, value), TooLargeError);
        await assert.rejects(storage.update(kv.key, value, kv.modRevision), TooLargeError);
        assert.equal((await storage.get(kv.key)).revision, kv.modRevision);
      });
    });

    describe('revisions', () => {
      it('grow by one with every write to any key, and with nothing else', async () => {
        const a = await create('/registry/pods/default/a');
        const b = await create('/registry/services/specs/default/b');
        const c = await update(a, 'two');
        await storage.create(a.key, bytes('lost'));
        await storage.update(a.key, bytes('lost'), a.modRevision);
        await storage.remove(a.key, a.modRevision);
        await storage.list('/registry/');
        const d = await storage.remove(b.key, b.modRevision);
        const e = await create('/registry/pods/default/e');
        assert.deepEqual(
          [b.modRevision, c.modRevision, d, e.modRevision],
          [1, 2, 3, 4].map((n) => a.modRevision + n),
        );
      });
    });

    describe('lists', () => {
      it(
        on('GetListRecursivePrefix', 'hold what lies under the prefix, in the order of bytes'),
        async () => {
          for (const key of ['/registry/pods/b/1', '/registry/pods/a/2', '/registry/pods/a-b/3'])
            await create(key);
          await create('/registry/podsx/a/1');
          await create('/registry/pod/a/1');
          const { kvs, more, remaining } = await storage.list('/registry/pods/');
          assert.deepEqual(
            kvs.map(({ key }) => key),
            ['/registry/pods/a-b/3', '/registry/pods/a/2', '/registry/pods/b/1'],
          );
          assert.deepEqual([more, remaining], [false, 0]);
          assert.equal((await storage.list('/registry/pods/c/')).kvs.length, 0);
        },
      );

      it(on('NamespaceScopedList', 'keep namespaces apart that begin alike'), async () => {
        for (const name of ['ns-1/a', 'ns-1/b', 'ns-10/a', 'ns/a', 'ns-2/a'])
          await create(`/registry/pods/${name}`);
        const namesIn = async (namespace: string) => {
          const { kvs } = await storage.list(`/registry/pods/${namespace}/`);
          return kvs.map(({ key }) => key.slice('/registry/pods/'.length));
        };
        assert.deepEqual(await namesIn('ns-1'), ['ns-1/a', 'ns-1/b']);
        assert.deepEqual(await namesIn('ns'), ['ns/a']);
        assert.deepEqual(await namesIn('ns-3'), []);
      });

      it('order keys beyond ASCII as UTF-8 does', async () => {
        const names = ['a', 'é', '\u{ffee}', '\u{1f600}'];
        for (const name of [...names].reverse()) await create(`/registry/clusterroles/${name}`);
        const { kvs } = await storage.list('/registry/clusterroles/');
        assert.deepEqual(
          kvs.map(({ key }) => key.slice('/registry/clusterroles/'.length)),
          names,
        );
      });

      it('show the newest revision, whichever key it was', async () => {
        await create('/registry/pods/default/a');
        const other = await create('/registry/services/specs/default/b');
        assert.equal((await storage.list('/registry/pods/')).revision, other.modRevision);
      });

      it('show the state as of a revision', async () => {
        const a = await create('/registry/pods/default/a', 'one');
        const b = await create('/registry/pods/default/b', 'one');
        const a2 = await update(a, 'two');
        await storage.remove(b.key, b.modRevision);
        const c = await create('/registry/pods/default/c', 'one');
        const at = async (revision: number) => {
          const { kvs, revision: shown } = await storage.list('/registry/pods/', { revision });
          assert.equal(shown, revision);
          return kvs.map((kv) => `${kv.key.at(-1)}=${text(kv)}@${kv.modRevision - a.modRevision}`);
        };
        assert.deepEqual(await at(a.modRevision), ['a=one@0']);
        assert.deepEqual(await at(b.modRevision), ['a=one@0', 'b=one@1']);
        assert.deepEqual(await at(a2.modRevision), ['a=two@2', 'b=one@1']);
        assert.deepEqual(await at(a2.modRevision + 1), ['a=two@2']);
        assert.deepEqual(await at(c.modRevision), ['a=two@2', 'c=one@4']);
      });

      it('refuse a revision that lies ahead', async () => {
        const { modRevision } = await create('/registry/pods/default/a');
        await assert.rejects(
          storage.list('/registry/pods/', { revision: modRevision + 100 }),
          ExpiredError,
        );
      });

      it(
        on(
          'ListPaging',
          'come in pages that add up, with the count of what is left, at one revision',
        ),
        async () => {
          const keys = Array.from({ length: 10 }, (_, i) => `/registry/pods/default/${i}`);
          const kvs = [];
          for (const key of keys) kvs.push(await create(key));
          const first = await storage.list('/registry/pods/', { limit: 4 });
          assert.deepEqual([first.kvs.length, first.more, first.remaining], [4, true, 6]);
          await storage.remove(kvs[5]!.key, kvs[5]!.modRevision);
          await update(kvs[6]!, 'changed');
          await create('/registry/pods/default/5a');
          const seen = first.kvs.map((kv) => text(kv));
          for (let page = first; page.more;) {
            page = await storage.list('/registry/pods/', {
              limit: 4,
              startKey: `${page.kvs.at(-1)!.key}\0`,
              revision: first.revision,
            });
            assert.equal(page.revision, first.revision);
            seen.push(...page.kvs.map((kv) => text(kv)));
            assert.equal(page.remaining, keys.length - seen.length);
            assert.equal(page.more, page.remaining > 0);
          }
          assert.deepEqual(seen, keys);
        },
      );

      it('start at a key and do not leave the prefix', async () => {
        for (const name of ['pods/a', 'pods/b', 'pods/c', 'secrets/a'])
          await create(`/registry/${name}`);
        const from = async (startKey: string, limit?: number) => {
          const page = await storage.list('/registry/pods/', { startKey, ...(limit && { limit }) });
          return [page.kvs.map(({ key }) => key.at(-1)).join(''), page.remaining];
        };
        assert.deepEqual(await from('/registry/pods/b'), ['bc', 0]);
        assert.deepEqual(await from('/registry/pods/b', 1), ['b', 1]);
        assert.deepEqual(await from('/registry/pods/b\0', 5), ['c', 0]);
        assert.deepEqual(await from('/registry/secrets/'), ['', 0]);
        assert.deepEqual(await from('/registry/'), ['abc', 0]);
      });

      it(on('List', 'hold 2,000 keys'), async () => {
        const names = Array.from({ length: 2_000 }, (_, i) => String(i).padStart(4, '0'));
        const writers = Array.from({ length: 32 }, async (_, writer) => {
          for (const [i, name] of names.entries())
            if (i % 32 === writer) await create(`/registry/configmaps/default/${name}`);
        });
        await Promise.all(writers);
        const { kvs, remaining } = await storage.list('/registry/configmaps/');
        assert.deepEqual(
          kvs.map(({ key }) => key.slice(-4)),
          names,
        );
        assert.equal(remaining, 0);
        const page = await storage.list('/registry/configmaps/', { limit: 700 });
        assert.deepEqual([page.kvs.length, page.remaining], [700, 1_300]);
      });

      it(on('Stats', 'count their keys without handing them out'), async () => {
        const count = async () => {
          const { kvs, remaining } = await storage.list('/registry/pods/', { limit: 1 });
          return kvs.length + remaining;
        };
        assert.equal(await count(), 0);
        const kv = await create('/registry/pods/a/1');
        await create('/registry/pods/b/1');
        await create('/registry/podtemplates/b/1');
        assert.equal(await count(), 2);
        await storage.remove(kv.key, kv.modRevision);
        assert.equal(await count(), 1);
      });
    });

    describe('watches', () => {
      it(
        on('Watch', 'give what happened after a revision, in order, with what was there before'),
        async () => {
          const a = await create('/registry/pods/default/a', 'one');
          const a2 = await update(a, 'two');
          await create('/registry/services/specs/default/other');
          const removed = await storage.remove(a.key, a2.modRevision);
          const all = await takeEvents(storage, '/registry/pods/', a.modRevision - 1, 3);
          assert.deepEqual(
            all.map((event) => [
              event.type,
              keyOfEvent(event),
              revisionOfEvent(event),
              text(event.prev),
              event.prev?.modRevision,
            ]),
            [
              ['put', a.key, a.modRevision, undefined, undefined],
              ['put', a.key, a2.modRevision, 'one', a.modRevision],
              ['delete', a.key, removed, 'two', a2.modRevision],
            ],
          );
          assert.ok(all[1]?.type === 'put');
          assert.equal(text(all[1].kv), 'two');
          const rest = await takeEvents(storage, '/registry/pods/', a2.modRevision, 1);
          assert.deepEqual(rest.map(revisionOfEvent), [removed]);
        },
      );

      it('give what happens from now on', async () => {
        const { revision } = await storage.list('/registry/pods/');
        const watching = takeEvents(storage, '/registry/pods/', revision, 2);
        const a = await create('/registry/pods/default/a');
        const b = await create('/registry/pods/default/b');
        assert.deepEqual((await watching).map(revisionOfEvent), [a.modRevision, b.modRevision]);
      });

      it(on('WatchFromNonZero', 'can start at a revision that was just written'), async () => {
        for (let i = 0; i < 20; i += 1) {
          const kv = await create(`/registry/pods/default/a${i}`);
          const watching = takeEvents(storage, '/registry/pods/', kv.modRevision, 1);
          const next = await update(kv, 'next');
          assert.deepEqual((await watching).map(revisionOfEvent), [next.modRevision]);
        }
      });

      it(on('DeleteTriggerWatch', 'tell of a removal that they wait for'), async () => {
        const kv = await create('/registry/pods/default/a', 'one');
        const waiting = takeEvents(storage, kv.key, kv.modRevision, 1);
        const revision = await storage.remove(kv.key, kv.modRevision);
        assert.deepEqual(await waiting, [{ type: 'delete', key: kv.key, revision, prev: kv }]);
      });

      it(on('DelayedWatchDelivery', 'keep for a late reader what came meanwhile'), async () => {
        const { revision } = await storage.list('/registry/');
        const items = iterate(storage.watch('/registry/pods/', revision, never()));
        const first = nextItem(items);
        const kvs: KeyValue[] = [];
        for (let i = 0; i < 21; i += 1) kvs.push(await create(`/registry/pods/default/${i}`));
        const events = [await first];
        while (events.length < kvs.length) events.push(await nextItem(items));
        assert.deepEqual(
          events.map((item) => item?.kind === 'event' && revisionOfEvent(item.event)),
          kvs.map(({ modRevision }) => modRevision),
        );
        await items.return?.();
      });

      it('keep to their prefix', async () => {
        const { revision } = await storage.list('/registry/');
        await create('/registry/podsx/default/a');
        await create('/registry/pod/default/a');
        const b = await create('/registry/pods/default/b');
        const events = await takeEvents(storage, '/registry/pods/', revision, 1);
        assert.deepEqual(events.map(keyOfEvent), [b.key]);
        assert.equal(
          (await eventsUntil(storage, '/registry/podsx/', revision, b.modRevision)).length,
          1,
        );
      });

      it(
        on(
          'OptionalWatchBookmarksWithCorrectResourceVersion',
          'tell how far they are when asked, though nothing happened under their prefix',
        ),
        async () => {
          const { revision } = await storage.list('/registry/');
          const stop = new AbortController();
          const items = iterate(storage.watch('/registry/pods/', revision, stop.signal));
          const first = nextItem(items);
          // Nobody knows when that will be.
          storage.requestProgress('/registry/pods/', revision + 1_000_000);
          const other = await create('/registry/services/specs/default/a');
          storage.requestProgress('/registry/pods/', other.modRevision);
          const progress = await first;
          assert.ok(progress?.kind === 'progress' && progress.revision >= other.modRevision);
          const pod = await create('/registry/pods/default/a');
          const event = await nextItem(items);
          assert.ok(event?.kind === 'event');
          assert.equal(revisionOfEvent(event.event), pod.modRevision);
          stop.abort();
        },
      );

      it(
        on(
          'WatchContextCancel',
          'end when their signal aborts, before, while waiting and with events at hand',
        ),
        async () => {
          const { modRevision } = await create('/registry/pods/default/a');
          const drain = async (signal: AbortSignal, from: number) => {
            for await (const item of storage.watch('/registry/', from, signal)) assert.ok(item);
          };
          await drain(AbortSignal.abort(), modRevision);
          const waiting = new AbortController();
          const ended = drain(waiting.signal, modRevision);
          setImmediate(() => waiting.abort());
          await ended;
          const busy = new AbortController();
          for await (const item of storage.watch('/registry/', modRevision - 1, busy.signal)) {
            assert.equal(item.kind, 'event');
            busy.abort();
          }
        },
      );

      it('can be left by their reader', async () => {
        const { modRevision } = await create('/registry/pods/default/a');
        for await (const item of storage.watch('/registry/', modRevision - 1, never())) {
          assert.equal(item.kind, 'event');
          break;
        }
        await create('/registry/pods/default/b');
      });

      it('refuse a revision that lies ahead', async () => {
        const { revision } = await storage.list('/registry/');
        await assert.rejects(takeEvents(storage, '/registry/', revision + 100, 1), ExpiredError);
      });

      it('see every write of 32 writers once and in order, whoever reads', async () => {
        const { revision } = await storage.list('/registry/');
        const each = 10;
        const prefixes = ['/registry/', '/registry/pods/', '/registry/pods/ns-1/', '/registry/'];
        const watching = prefixes.map((prefix, i) =>
          takeEvents(
            storage,
            prefix,
            revision,
            [32 * each * 3, 32 * each * 3, each * 3, 32 * each * 3][i]!,
          ),
        );
        const acknowledged: number[] = [];
        const writers = Array.from({ length: 32 }, async (_, writer) => {
          for (let i = 0; i < each; i += 1) {
            const kv = await create(`/registry/pods/ns-${writer}/${i}`);
            const next = await update(kv, 'next');
            const gone = await storage.remove(kv.key, next.modRevision);
            acknowledged.push(kv.modRevision, next.modRevision, gone!);
          }
        });
        await Promise.all(writers);
        acknowledged.sort((a, b) => a - b);
        assert.deepEqual(
          acknowledged,
          acknowledged.map((_, i) => revision + 1 + i),
        );
        const [all, pods, one, again] = await Promise.all(watching);
        assert.deepEqual(all!.map(revisionOfEvent), acknowledged);
        assert.deepEqual(pods, all);
        assert.deepEqual(again, all);
        assert.deepEqual(
          one,
          all!.filter((event) => keyOfEvent(event).startsWith('/registry/pods/ns-1/')),
        );
      });

      it(on('WatcherTimeout', 'cut off a reader that does not keep up'), async () => {
        await storage.close();
        await openAs({ history: 40 });
        const { revision } = await storage.list('/registry/');
        const items = iterate(storage.watch('/registry/', revision, never()));
        let kv = await create('/registry/pods/default/a');
        assert.equal((await nextItem(items))?.kind, 'event');
        for (let i = 0; i < 200; i += 1) kv = await update(kv, String(i));
        // Others keep up meanwhile, and show that all events have arrived.
        const { revision: now } = await storage.list('/registry/');
        await eventsUntil(storage, '/registry/', now - 1, now);
        await assert.rejects(async () => {
          while (await nextItem(items));
        }, SlowWatcherError);
      });
    });

    describe('compaction', () => {
      it(on('CompactRevision', 'forgets older lists and watches, and keeps the rest'), async () => {
        const a = await create('/registry/pods/default/a', 'one');
        const a2 = await update(a, 'two');
        const b = await create('/registry/pods/default/b');
        await storage.remove(b.key, b.modRevision);
        const a3 = await update(a2, 'three');
        const compacted = a3.modRevision - 1;
        await storage.compact(compacted);
        const isExpired = (err: unknown) =>
          err instanceof ExpiredError && err.oldest >= compacted && err.oldest <= a3.modRevision;
        await assert.rejects(takeEvents(storage, '/registry/', a.modRevision, 1), isExpired);
        await assert.rejects(
          storage.list('/registry/', { revision: a2.modRevision }),
          ExpiredError,
        );
        const at = await storage.list('/registry/pods/', { revision: compacted });
        assert.deepEqual(at.kvs.map(text), ['two']);
        const events = await takeEvents(storage, '/registry/', compacted, 1);
        assert.deepEqual(events.map(revisionOfEvent), [a3.modRevision]);
        assert.equal(text(events[0]?.prev), 'two');
        assert.deepEqual((await storage.list('/registry/')).kvs.map(text), ['three']);
      });

      it('up to the newest revision leaves it readable, and may be repeated', async () => {
        const a = await create('/registry/pods/default/a', 'one');
        const b = await create('/registry/pods/default/b');
        const gone = await storage.remove(b.key, b.modRevision);
        await storage.compact(gone!);
        await storage.compact(gone!);
        await storage.compact(a.modRevision);
        assert.deepEqual((await storage.list('/registry/')).kvs.map(text), ['one']);
        const next = await create('/registry/pods/default/c');
        assert.equal(next.modRevision, gone! + 1);
        const events = await takeEvents(storage, '/registry/', gone!, 1);
        assert.deepEqual(events.map(revisionOfEvent), [next.modRevision]);
      });
    });

    describe('concurrent writers', () => {
      it('have one winner per create', async () => {
        for (let round = 0; round < 5; round += 1) {
          const key = `/registry/leases/default/${round}`;
          const tries = Array.from({ length: 32 }, (_, i) => storage.create(key, bytes(`w${i}`)));
          const won = (await Promise.all(tries)).filter((kv) => kv !== undefined);
          assert.equal(won.length, 1);
          assert.equal(text((await storage.get(key)).kv), text(won[0]));
        }
      });

      it('have one winner per update and per remove', async () => {
        const kv = await create('/registry/leases/default/a');
        const updates = Array.from({ length: 16 }, (_, i) =>
          storage.update(kv.key, bytes(`w${i}`), kv.modRevision),
        );
        const [won, ...others] = (await Promise.all(updates)).filter((next) => next !== undefined);
        assert.ok(won);
        assert.equal(others.length, 0);
        const removals = Array.from({ length: 16 }, () => storage.remove(kv.key, won.modRevision));
        const removed = (await Promise.all(removals)).filter((gone) => gone !== undefined);
        assert.equal(removed.length, 1);
      });

      it(on('GuaranteedUpdateWithConflict', 'lose no increment of a shared counter'), async () => {
        await create('/registry/ranges/counter', '0');
        const increment = async () => {
          for (;;) {
            const { kv } = await storage.get('/registry/ranges/counter');
            const next = bytes(String(Number(text(kv)) + 1));
            if (await storage.update(kv!.key, next, kv!.modRevision)) return;
          }
        };
        await Promise.all(Array.from({ length: 32 }, increment));
        assert.equal(text((await storage.get('/registry/ranges/counter')).kv), '32');
      });

      it(on('ConsistentList', 'read what they wrote'), async () => {
        const writers = Array.from({ length: 16 }, async (_, i) => {
          let kv = await create(`/registry/pods/default/${i}`);
          for (let n = 0; n < 5; n += 1) {
            kv = await update(kv, `${i}-${n}`);
            const found = await storage.get(kv.key);
            assert.equal(text(found.kv), `${i}-${n}`);
            assert.ok(found.revision >= kv.modRevision);
            const listed = await storage.list(kv.key);
            assert.ok(listed.kvs.some((other) => other.modRevision === kv.modRevision));
          }
        });
        await Promise.all(writers);
      });
    });

    describe('keys with a time to live', () => {
      it(
        on('CreateWithTTL', 'vanish, and a watch tells, unless they are written again meanwhile'),
        async () => {
          const mortal = (name: string, ttlSeconds: number) =>
            storage.create(`/registry/events/default/${name}`, bytes(name), ttlSeconds);
          const { revision } = await storage.list('/registry/');
          await mortal('gone', 1);
          const kept = (await mortal('kept', 1))!;
          await update(kept, 'for good');
          const longer = (await mortal('longer', 1))!;
          await storage.update(longer.key, bytes('for a minute'), longer.modRevision, 60);
          await mortal('last', 2);
          const removed = new Map<string, KeyValue>();
          const patience = AbortSignal.timeout(ttlPatienceMs);
          for await (const item of storage.watch('/registry/events/', revision, patience)) {
            if (item.kind !== 'event' || item.event.type !== 'delete') continue;
            assert.ok(item.event.revision > item.event.prev.modRevision);
            removed.set(item.event.key, item.event.prev);
            if (removed.has('/registry/events/default/last')) break;
          }
          assert.deepEqual([...removed.values()].map(text).sort(), ['gone', 'last']);
          const { kvs } = await storage.list('/registry/events/');
          assert.deepEqual(kvs.map(text), ['for good', 'for a minute']);
        },
      );
    });

    describe('keys with a time to live that are written again', () => {
      it(on('GuaranteedUpdateWithTTL', 'vanish as their last write says'), async () => {
        const kv = await create('/registry/events/default/a', 'for good');
        const mortal = await storage.update(kv.key, bytes('a second'), kv.modRevision, 1);
        assert.ok(mortal);
        const patience = AbortSignal.timeout(ttlPatienceMs);
        const removed: KeyValue[] = [];
        for await (const item of storage.watch(kv.key, mortal.modRevision, patience)) {
          if (item.kind !== 'event' || item.event.type !== 'delete') continue;
          removed.push(item.event.prev);
          break;
        }
        assert.deepEqual(removed.map(text), ['a second']);
        assert.equal((await storage.get(kv.key)).kv, undefined);
      });
    });

    describe('the end', () => {
      it('answers a ping until then', () => storage.ping());

      it('ends watches and refuses what comes after', async () => {
        const { modRevision } = await create('/registry/pods/default/a');
        const watching = assert.rejects(
          takeEvents(storage, '/registry/', modRevision, 1),
          UnavailableError,
        );
        await new Promise((resolve) => setImmediate(resolve));
        await storage.close();
        await watching;
        await assert.rejects(storage.get('/registry/pods/default/a'), UnavailableError);
        await assert.rejects(storage.list('/registry/'), UnavailableError);
        await assert.rejects(storage.create('/registry/x', bytes('x')), UnavailableError);
        await assert.rejects(storage.update('/registry/x', bytes('x'), 1), UnavailableError);
        await assert.rejects(storage.remove('/registry/x', 1), UnavailableError);
        await assert.rejects(storage.ping(), UnavailableError);
        await storage.close();
      });
    });

    it("has a test for each of upstream's topics that is about keys", () => {
      assert.deepEqual([...named].sort(), [...topicsOfKeys].sort());
    });
  });
}
