import type { Clock } from '@berth/component-base';
import { ExpiredError, UnavailableError, UnknownOutcomeError } from './errors.ts';
import { createEventLog } from './event-log.ts';
import { createExpiry } from './expiry.ts';
import type { Journal, JournalHeader } from './journal.ts';
import { checkSize } from './limits.ts';
import { readPage, undoOf } from './page.ts';
import type { Change } from './page.ts';
import { createSortedMap } from './sorted-map.ts';
import type { KeyValue, Revision, Storage, WatchItem } from './storage.ts';
import { createTimeline, timelineParts } from './timeline.ts';

export interface JournalStorageOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Most events that are kept for watches and older lists. */
  readonly historyEvents: number;
  /** Events older than once or twice this are dropped; they are kept by count alone when absent. */
  readonly historyMs?: number;
}

interface JournalChange extends Change<Revision> {
  readonly deleted: boolean;
}

type Write = Omit<JournalHeader, 'revision'> & { readonly value?: Uint8Array };

/**
 * A Storage on a journal. What is decided is decided in memory, against everything written so far; what is read is
 * what the journal has acknowledged. Memory holds keys and revisions, the journal holds the values, each once.
 */
export function createJournalStorage(options: JournalStorageOptions): Storage {
  const { journal, clock, historyEvents, historyMs } = options;
  const newest = createSortedMap<Revision>();
  const log = createEventLog<JournalChange>({ floor: journal.compacted, clock, itemOf });
  const expiry = createExpiry(clock, async ({ key, revision }) => {
    if (newest.get(key) === revision) await write({ key, prev: revision, deleted: true });
  });
  /** Decided but not yet acknowledged by the journal. */
  let pending: JournalChange[] = [];
  let lastWrite: Promise<unknown> = Promise.resolve();
  let revision = journal.revision;
  let closed = false;
  let stopCompacting: () => void = () => undefined;

  const read = (key: string, modRevision: Revision): KeyValue => ({
    key,
    value: journal.read(modRevision),
    modRevision,
  });
  function itemOf({ key, revision, prev, deleted }: JournalChange): WatchItem {
    const before = prev === undefined ? undefined : read(key, prev);
    if (!deleted)
      return {
        kind: 'event',
        event: { type: 'put', kv: read(key, revision), ...(before && { prev: before }) },
      };
    if (!before) throw new Error(`the journal removes ${key} at ${revision} without having had it`);
    return { kind: 'event', event: { type: 'delete', key, revision, prev: before } };
  }

  function load() {
    const garbage: Revision[] = [];
    for (const header of journal.headers()) {
      apply(header);
      if (header.revision > journal.compacted) log.append(changeOf(header));
      else garbage.push(...uselessAfter(changeOf(header)));
    }
    log.advance(revision);
    void forget(log.trim(historyEvents));
    // A compaction that was cut short leaves what it had yet to drop.
    if (garbage.length > 0) void journal.compact(journal.compacted, garbage).catch(() => undefined);
  }
  function apply({ key, revision, deleted, expiresAt }: JournalHeader) {
    if (deleted) newest.delete(key);
    else newest.set(key, revision);
    if (expiresAt !== undefined) expiry.add({ key, revision, expiresAt });
  }

  async function write(change: Write): Promise<Revision> {
    journal.mustTake(change.value?.byteLength ?? 0, change.deleted);
    revision += 1;
    const header = { ...change, revision };
    const decided = changeOf(header);
    apply(header);
    pending.push(decided);
    const written = new Promise<Revision>((resolve, reject) => {
      journal.append(header, (cause) => {
        if (!cause) {
          publish(header.revision);
          return resolve(header.revision);
        }
        // One failure takes all that are under way with it, so the first of them restores the order of things.
        if (pending.includes(decided)) recover();
        reject(new UnknownOutcomeError(`${change.key} was not acknowledged`, { cause }));
      });
    });
    lastWrite = written;
    return written;
  }
  function publish(upTo: Revision) {
    const count = pending.findIndex((change) => change.revision > upTo);
    for (const change of pending.splice(0, count < 0 ? pending.length : count)) log.append(change);
    void forget(log.trim(historyEvents));
  }
  /** Back to what the journal holds. */
  function recover() {
    for (const [key, prev] of undoOf(pending))
      if (prev === undefined) newest.delete(key);
      else newest.set(key, prev);
    pending = [];
    for (const header of journal.headers(log.revision)) {
      apply(header);
      log.append(changeOf(header));
    }
    revision = log.revision;
  }

  function forget(changes: readonly JournalChange[]) {
    if (changes.length === 0) return Promise.resolve();
    return journal.compact(log.floor, changes.flatMap(uselessAfter)).catch(() => undefined);
  }
  function compactByAge(ms: number) {
    const timeline = createTimeline(log.revision, clock, ms);
    const tick = () => {
      timeline.note(log.revision);
      const old = timeline.before();
      if (old !== undefined) void forget(log.forget(old));
      stopCompacting = clock.after(ms / timelineParts, tick);
    };
    tick();
  }

  const mustBeOpen = () => {
    if (closed) throw new UnavailableError('the storage is closed');
  };
  /** The answer that someone was faster waits until it is certain that they were. */
  async function lost(): Promise<undefined> {
    await lastWrite.catch((cause: unknown) => {
      throw new UnavailableError('another write was not acknowledged', { cause });
    });
    return undefined;
  }
  const expiryOf = (ttlSeconds: number | undefined) =>
    ttlSeconds === undefined ? {} : { expiresAt: clock.now() + ttlSeconds * 1000 };

  load();
  if (historyMs !== undefined) compactByAge(historyMs);

  return {
    async get(key) {
      mustBeOpen();
      const undone = pending.find((change) => change.key === key);
      const held = undone ? undone.prev : newest.get(key);
      return { revision: log.revision, ...(held !== undefined && { kv: read(key, held) }) };
    },
    async list(prefix, { revision: asOf = log.revision, ...page } = {}) {
      mustBeOpen();
      if (asOf < Math.max(1, log.floor))
        throw new ExpiredError(`revision ${asOf} is no longer kept`, log.floor);
      if (asOf > log.revision) throw new ExpiredError(`revision ${asOf} lies ahead`, log.floor);
      const undo = undoOf([...log.since(asOf), ...pending]);
      const { keys, values, remaining } = readPage(newest, undo, prefix, page);
      const kvs = values.map((held, i) => read(keys[i]!, held));
      return { revision: asOf, kvs, more: remaining > 0, remaining };
    },
    async create(key, value, ttlSeconds) {
      mustBeOpen();
      checkSize(key, value);
      if (newest.get(key) !== undefined) return lost();
      const modRevision = await write({ key, deleted: false, value, ...expiryOf(ttlSeconds) });
      return { key, value, modRevision };
    },
    async update(key, value, expected, ttlSeconds) {
      mustBeOpen();
      checkSize(key, value);
      const prev = newest.get(key);
      if (prev === undefined || prev !== expected) return lost();
      const modRevision = await write({
        key,
        prev,
        deleted: false,
        value,
        ...expiryOf(ttlSeconds),
      });
      return { key, value, modRevision };
    },
    async remove(key, expected) {
      mustBeOpen();
      const prev = newest.get(key);
      if (prev === undefined || prev !== expected) return lost();
      return write({ key, prev, deleted: true });
    },
    watch: (prefix, from, signal) => log.follow(prefix, from, signal),
    requestProgress: (prefix, wanted) => log.requestProgress(prefix, wanted),
    async compact(upTo) {
      mustBeOpen();
      if (upTo > log.revision) throw new ExpiredError(`revision ${upTo} lies ahead`, log.floor);
      await forget(log.forget(upTo));
    },
    async ping() {
      mustBeOpen();
      journal.mustTake(0, false);
    },
    async close() {
      if (closed) return;
      closed = true;
      stopCompacting();
      expiry.close();
      log.end(new UnavailableError('the storage is closed'));
      await lastWrite.catch(() => undefined);
      await journal.close();
    },
  };
}

const changeOf = ({ revision, key, prev, deleted }: JournalHeader): JournalChange => ({
  revision,
  key,
  prev,
  deleted,
});

/** The records that nobody can ask for once history begins at or after this change. */
function uselessAfter({ revision, prev, deleted }: JournalChange): readonly Revision[] {
  return [...(prev === undefined ? [] : [prev]), ...(deleted ? [revision] : [])];
}
