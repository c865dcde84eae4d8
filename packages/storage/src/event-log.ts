import type { Clock } from '@berth/component-base';
import { ExpiredError, SlowWatcherError } from './errors.ts';
import { firstIndex } from './sorted-map.ts';
import type { Revision, WatchItem } from './storage.ts';
import { createWishes } from './wishes.ts';

/** That something happened to a key; `more` follow at the same revision. */
export interface LoggedChange {
  readonly revision: Revision;
  readonly key: string;
  readonly more?: boolean;
}

export interface EventLogOptions<C> {
  /** Everything up to here has happened before the log began. */
  readonly floor: Revision;
  readonly clock: Clock;
  /** What watchers are given for a change. */
  readonly itemOf: (change: C) => WatchItem;
}

/**
 * The latest changes in order, and those who follow them. A follower is a place in the log and has no buffer of its
 * own: it costs nothing while it is slow, and is cut off when its place has been forgotten.
 */
export interface EventLog<C> {
  /** Every change after this revision is held. */
  readonly floor: Revision;
  /** Every change up to this revision has been appended. */
  readonly revision: Revision;
  append(change: C): void;
  /** Nothing that concerns this log happened up to `revision`. */
  advance(revision: Revision): void;
  /** The changes after `revision`, in order. */
  since(revision: Revision): Iterable<C>;
  /** Drops the changes up to `revision` and gives them back. */
  forget(revision: Revision): readonly C[];
  /** Refuses who would follow from before `revision`, and keeps the changes for those who do already. */
  refuseBefore(revision: Revision): void;
  /** Forgets the oldest changes once a quarter more than `most` are held; gives back what was dropped. */
  trim(most: number): readonly C[];
  /** What `Storage.watch` promises, for the part that is in this log. */
  follow(prefix: string, from: Revision, signal: AbortSignal): AsyncIterable<WatchItem>;
  /**
   * The same, but everything that is there already comes in one piece, up to a bound in number and bytes. Followers of
   * one prefix who are at the same place are given the same array.
   */
  followBatches(prefix: string, from: Revision, signal: AbortSignal): AsyncGenerator<Batch, void>;
  /** What `Storage.requestProgress` promises. */
  requestProgress(prefix: string, revision: Revision): void;
  /** Lets every follower throw `error` when it has seen what is held. */
  end(error: Error): void;
}

/** Never empty. */
type Batch = readonly WatchItem[];

/** Enough to share what it costs to wake a follower, little enough to be handed over while more arrives. */
const mostInBatch = 128;
const mostBatchBytes = 256 * 1024;

/** How often a follower to whom nothing happened is told how far it is. */
const progressEveryMs = 5_000;

/** What was taken last, and from where to where: most followers are at the same place. */
interface Taken {
  readonly prefix: string;
  readonly from: number;
  /** How many changes there were. */
  readonly of: number;
  readonly to: number;
  readonly items: Batch;
  /** Up to which revision they tell. */
  readonly seen: Revision | undefined;
}

interface Follower {
  readonly prefix: string;
  /** Of all changes ever appended, how many it has passed. */
  place: number;
  /** Up to which revision it has been told. */
  seen: Revision;
  wake: () => void;
}

export function createEventLog<C extends LoggedChange>(options: EventLogOptions<C>): EventLog<C> {
  const { clock, itemOf } = options;
  let { floor } = options;
  let revision = floor;
  let changes: C[] = [];
  /** How many changes were dropped before the first that is held. */
  let dropped = 0;
  let ended: Error | undefined;
  let stopTicking: (() => void) | undefined;
  let taken: Taken | undefined;
  const sleepers = new Set<Follower>();
  const wishes = createWishes();

  const indexAfter = (from: Revision) =>
    firstIndex(changes.length, (i) => changes[i]!.revision > from);

  /** Whether it was asked to be told of a revision that has been reached and that no event told it. */
  const isWished = ({ prefix, seen }: Follower): boolean => seen < wishes.due(prefix);
  function wakeWishers() {
    for (const sleeper of sleepers) if (isWished(sleeper)) sleeper.wake();
  }
  function advance(to: Revision) {
    revision = Math.max(revision, to);
    if (wishes.reach(revision)) wakeWishers();
  }
  function tick() {
    stopTicking = undefined;
    wishes.add('', revision, revision);
    wakeWishers();
  }

  function sleep(sleeper: Follower): Promise<void> {
    return new Promise((resolve) => {
      sleeper.wake = () => {
        sleepers.delete(sleeper);
        if (sleepers.size === 0) {
          stopTicking?.();
          stopTicking = undefined;
        }
        resolve();
      };
      sleepers.add(sleeper);
      stopTicking ??= clock.after(progressEveryMs, tick);
    });
  }

  function drop(count: number): readonly C[] {
    const gone = changes.slice(0, count);
    changes = changes.slice(count);
    dropped += count;
    floor = Math.max(floor, gone.at(-1)?.revision ?? 0);
    return gone;
  }

  function refuseBefore(oldest: Revision) {
    floor = Math.max(floor, Math.min(oldest, revision));
  }

  function take(prefix: string, from: number): Taken {
    const of = dropped + changes.length;
    if (taken?.from === from && taken.prefix === prefix && taken.of === of) return taken;
    const items: WatchItem[] = [];
    let bytes = 0;
    let seen: Revision | undefined;
    let to = from;
    for (; to < of && items.length < mostInBatch && bytes < mostBatchBytes; to += 1) {
      const change = changes[to - dropped]!;
      if (!change.key.startsWith(prefix)) continue;
      if (!change.more) seen = change.revision;
      const item = itemOf(change);
      items.push(item);
      bytes += bytesOf(item);
    }
    taken = { prefix, from, of, to, items, seen };
    return taken;
  }

  async function* followBatches(
    prefix: string,
    from: Revision,
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void> {
    if (from < floor) throw new ExpiredError(`revision ${from} is no longer kept`, floor);
    if (from > revision)
      throw new ExpiredError(`revision ${from} lies ahead of ${revision}`, floor);
    const place = dropped + indexAfter(from);
    const self: Follower = { prefix, place, seen: from, wake: () => undefined };
    const wake = () => self.wake();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        if (self.place < dropped) throw new SlowWatcherError(`fell behind revision ${floor}`);
        const { items, to, seen } = take(prefix, self.place);
        self.place = to;
        self.seen = seen ?? self.seen;
        if (items.length > 0) yield items;
        else if (ended) throw ended;
        else if (isWished(self)) {
          self.seen = revision;
          yield [{ kind: 'progress', revision }];
        } else await sleep(self);
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  async function* follow(prefix: string, from: Revision, signal: AbortSignal) {
    for await (const batch of followBatches(prefix, from, signal))
      for (const item of batch) {
        if (signal.aborted) return;
        yield item;
      }
  }

  return {
    get floor() {
      return floor;
    },
    get revision() {
      return revision;
    },
    append(change) {
      changes.push(change);
      for (const sleeper of sleepers) {
        if (change.key.startsWith(sleeper.prefix)) sleeper.wake();
        else sleeper.place = dropped + changes.length;
      }
      if (!change.more) advance(change.revision);
    },
    advance,
    since: (after) => changes.slice(indexAfter(after)),
    forget(upTo) {
      const gone = drop(indexAfter(upTo));
      refuseBefore(upTo);
      return gone;
    },
    refuseBefore,
    trim(most) {
      if (changes.length <= most * 1.25) return [];
      return drop(indexAfter(changes[changes.length - most - 1]!.revision));
    },
    follow,
    followBatches,
    requestProgress(prefix, wanted) {
      wishes.add(prefix, wanted, revision);
      wakeWishers();
    },
    end(error) {
      ended ??= error;
      for (const sleeper of sleepers) sleeper.wake();
    },
  };
}

const bytesOf = (item: WatchItem): number =>
  item.kind === 'event' && item.event.type === 'put' ? item.event.kv.value.length : 0;
