import type { Clock, Logger } from '@berth/component-base';
import { ExpiredError, UnavailableError } from './errors.ts';
import { readPage, undoOf } from './page.ts';
import type { PageOptions } from './page.ts';
import type { KeyValue, ListResult, Revision, Storage, WatchItem } from './storage.ts';
import { shareReads } from './watch-cache/barrier.ts';
import { feed } from './watch-cache/feed.ts';
import { createHeld } from './watch-cache/held.ts';
import type { EventItem, Held } from './watch-cache/held.ts';
import { createMilestones } from './watch-cache/milestones.ts';

export interface WatchCacheOptions {
  readonly storage: Storage;
  /** The keys that are held in memory. Other keys are passed through to the storage. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most events that are kept for watches: 10,000 unless said otherwise. */
  readonly windowEvents?: number;
  /** Events are kept once to twice as long, if their number allows: 5 minutes unless said otherwise. */
  readonly windowMs?: number;
  /** How long a read waits for the cache to catch up before it asks the storage: 3 seconds unless said otherwise. */
  readonly patienceMs?: number;
}

/**
 * A Storage around a Storage that answers from memory, as fresh as the storage itself would. All watches share one
 * watch of the storage.
 *
 * A `KeyValue` that is held is the same object as long as its key is not written: in lists, in `get`, in the event
 * that brought it and as `prev` in the one that ends it. A watch item is the same object for every watcher. So what is
 * derived from either can be kept in a WeakMap.
 *
 * `close` ends the cache and leaves the storage open.
 */
export interface WatchCache extends Storage {
  /** How far the cache is, 0 before it has been filled. */
  currentRevision(): Revision;
  /** Resolves once the cache has reached `revision`; rejects with the signal's reason when it aborts before. */
  waitFor(revision: Revision, signal: AbortSignal): Promise<void>;
  /** Resolves once what is at hand has all that was written here, or after a while; undefined when it has it already. */
  catchUp(): Promise<void> | undefined;
  /** What is at hand, however old: `resourceVersion=0`. Waits only for the cache to be filled at first. */
  listCached(prefix: string, options?: PageOptions): Promise<ListResult>;
  /** The same for one key. */
  getCached(key: string): Promise<{ readonly revision: Revision; readonly kv?: KeyValue }>;
  /** What `watch` yields, but all that is there already in one piece; watchers at the same place share its array. */
  watchBatches(
    prefix: string,
    from: Revision,
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly WatchItem[]>>;
  /** What is at hand in key order, uncopied; to be read to the end before anything else is awaited. */
  scan(prefix: string, startKey?: string): Iterable<KeyValue>;
}

export function createWatchCache(options: WatchCacheOptions): WatchCache {
  const { storage, prefix: own, clock, logger } = options;
  const { windowEvents = 10_000, windowMs = 5 * 60_000, patienceMs = 3_000 } = options;
  const ended = new AbortController();
  const milestones = createMilestones();
  const newestRevision = shareReads(async () => (await storage.get(own)).revision);
  let held: Held | undefined;
  /** What was written here and has yet to come back as an event, by key. */
  const written = new Map<string, KeyValue>();
  /** Of all that was written here. */
  let newestWritten: Revision = 0;
  /** What was held before history was lost; good enough for those who ask for what is at hand. */
  let stale: Held | undefined;

  const isOwn = (prefix: string) => prefix.startsWith(own);
  const mustBeOpen = () => {
    if (ended.signal.aborted) throw new UnavailableError('the watch cache is closed');
  };
  const reached = () => milestones.reached(held?.log.revision ?? 0);

  const fed = feed(
    { storage, prefix: own, clock, logger },
    {
      revision() {
        // A new watch knows nothing of what the one before was asked for.
        if (held) for (const revision of milestones.ahead()) storage.requestProgress(own, revision);
        return held?.log.revision;
      },
      replace(kvs, revision) {
        const same = (kv: KeyValue) => {
          const before = stale?.kvs.get(kv.key);
          return before?.modRevision === kv.modRevision ? before : kv;
        };
        held = createHeld(kvs.map(same), revision, clock, { events: windowEvents, ms: windowMs });
        stale = undefined;
        written.clear();
        reached();
      },
      apply(items) {
        held?.apply(items.map(asWritten));
        reached();
      },
      advance(revision) {
        held?.advance(revision);
        reached();
      },
      drop(error) {
        held?.log.end(error);
        stale = held ?? stale;
        held = undefined;
        written.clear();
      },
    },
    ended.signal,
  );

  /**
   * What was written, as the one object that everybody here has of it: its event may have come before the answer, and
   * takes it over when it comes after.
   */
  function keep(kv: KeyValue | undefined): KeyValue | undefined {
    if (!kv || !isOwn(kv.key)) return kv;
    newestWritten = Math.max(newestWritten, kv.modRevision);
    if (!held) return kv;
    if (held.log.revision < kv.modRevision) {
      written.set(kv.key, kv);
      return kv;
    }
    const known = held.kvs.get(kv.key);
    return known?.modRevision === kv.modRevision ? known : kv;
  }
  function asWritten(item: EventItem): EventItem {
    const { event } = item;
    const key = event.type === 'put' ? event.kv.key : event.key;
    const kv = written.get(key);
    if (!kv) return item;
    const revision = event.type === 'put' ? event.kv.modRevision : event.revision;
    if (kv.modRevision <= revision) written.delete(key);
    const isIt = event.type === 'put' && kv.modRevision === revision;
    return isIt ? { ...item, event: { ...event, kv } } : item;
  }

  /** Resolves to what is held once it has reached `revision`, to undefined when that takes too long. */
  async function heldAt(revision: Revision, signal?: AbortSignal): Promise<Held | undefined> {
    if (held && held.log.revision >= revision) return held;
    const patience = new AbortController();
    const stop = () => patience.abort();
    const cancel = clock.after(patienceMs, stop);
    signal?.addEventListener('abort', stop);
    if (held) storage.requestProgress(own, revision);
    const isThere = await milestones.wait(revision, patience.signal).then(
      () => true,
      () => false,
    );
    cancel();
    signal?.removeEventListener('abort', stop);
    mustBeOpen();
    return isThere ? held : undefined;
  }
  async function atHand(): Promise<Held> {
    mustBeOpen();
    const found = held ?? stale ?? (await heldAt(0));
    if (!found) throw new UnavailableError(`the cache of ${own} has not been filled yet`);
    return found;
  }
  /** What is held, not older than now or than the revision asked for; undefined when the storage must answer. */
  async function freshEnough(asked: Revision | undefined): Promise<Held | undefined> {
    if (asked !== undefined && held && asked <= held.log.revision) return held;
    const newest = await newestRevision();
    if (asked !== undefined && asked > newest)
      throw new ExpiredError(`revision ${asked} lies ahead of ${newest}`, held?.log.floor);
    return heldAt(asked ?? newest);
  }

  async function* watch(prefix: string, from: Revision, signal: AbortSignal) {
    mustBeOpen();
    if (signal.aborted) return;
    const source = isOwn(prefix) ? await heldForWatch(from, signal) : storage;
    if (!source) return;
    yield* 'log' in source
      ? source.log.follow(prefix, from, signal)
      : source.watch(prefix, from, signal);
  }
  /** Resolves to the batches themselves: a generator around them would cost every batch of every watcher some turns. */
  async function watchBatches(
    prefix: string,
    from: Revision,
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly WatchItem[]>> {
    mustBeOpen();
    const source = isOwn(prefix) && !signal.aborted ? await heldForWatch(from, signal) : undefined;
    return source
      ? source.log.followBatches(prefix, from, signal)
      : oneByOne(watch(prefix, from, signal));
  }
  async function heldForWatch(from: Revision, signal: AbortSignal): Promise<Held | undefined> {
    if (held && from <= held.log.revision) return held;
    const found = await heldAt(0, signal);
    const source = found && from > found.log.revision ? await freshEnough(from) : found;
    if (!source && !signal.aborted)
      throw new UnavailableError(`the cache of ${own} has not reached revision ${from}`);
    return source;
  }

  return {
    async get(key) {
      mustBeOpen();
      const found = await storage.get(key);
      const same = held?.kvs.get(key);
      return same && same.modRevision === found.kv?.modRevision ? { ...found, kv: same } : found;
    },
    async list(prefix, { revision, ...page } = {}) {
      mustBeOpen();
      const found = isOwn(prefix) ? await freshEnough(revision) : undefined;
      mustBeOpen();
      const asOf = revision ?? found?.log.revision ?? 0;
      // Of states that are older than the window the storage knows whether they may still be shown.
      const isRecent = revision === undefined || (found && revision >= found.oldestState());
      if (found && isRecent && asOf >= found.log.floor) return pageOf(found, prefix, asOf, page);
      return storage.list(prefix, { ...page, ...(revision !== undefined && { revision }) });
    },
    create: async (...write) => {
      mustBeOpen();
      return keep(await storage.create(...write));
    },
    update: async (...write) => {
      mustBeOpen();
      return keep(await storage.update(...write));
    },
    async remove(key, expected) {
      mustBeOpen();
      const revision = await storage.remove(key, expected);
      if (isOwn(key)) newestWritten = Math.max(newestWritten, revision ?? 0);
      return revision;
    },
    watch: (prefix, from, signal): AsyncIterable<WatchItem> => watch(prefix, from, signal),
    watchBatches,
    requestProgress(prefix, revision) {
      if (!isOwn(prefix)) return storage.requestProgress(prefix, revision);
      held?.log.requestProgress(prefix, revision);
      storage.requestProgress(own, revision);
    },
    async compact(revision) {
      mustBeOpen();
      await storage.compact(revision);
      (await heldAt(revision))?.log.refuseBefore(revision);
    },
    async ping() {
      mustBeOpen();
      await storage.ping();
    },
    async close() {
      ended.abort();
      const error = new UnavailableError('the watch cache is closed');
      milestones.end(error);
      held?.log.end(error);
      await fed;
    },

    currentRevision: () => held?.log.revision ?? stale?.log.revision ?? 0,
    async waitFor(revision, signal) {
      mustBeOpen();
      if (held && held.log.revision >= revision) return;
      if (held) storage.requestProgress(own, revision);
      await milestones.wait(revision, signal);
    },
    catchUp() {
      if (held && held.log.revision >= newestWritten) return undefined;
      return heldAt(newestWritten).then(() => undefined);
    },
    async listCached(prefix, page = {}) {
      const found = await atHand();
      return pageOf(found, prefix, found.log.revision, page);
    },
    async getCached(key) {
      const { kvs, log } = await atHand();
      const kv = kvs.get(key);
      return { revision: log.revision, ...(kv && { kv }) };
    },
    *scan(prefix, startKey = prefix) {
      for (const [key, kv] of (held ?? stale)?.kvs.from(startKey) ?? []) {
        if (!key.startsWith(prefix)) return;
        yield kv;
      }
    },
  };
}

function pageOf(held: Held, prefix: string, revision: Revision, page: PageOptions): ListResult {
  const undo = undoOf(held.log.since(revision));
  const { values, remaining } = readPage(held.kvs, undo, prefix, page);
  return { revision, kvs: values, more: remaining > 0, remaining };
}

async function* oneByOne(items: AsyncIterable<WatchItem>): AsyncIterable<readonly WatchItem[]> {
  for await (const item of items) yield [item];
}
