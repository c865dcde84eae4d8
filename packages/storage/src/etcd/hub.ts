import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { ExpiredError, UnavailableError } from '../errors.ts';
import { createEventLog } from '../event-log.ts';
import type { EventLog, LoggedChange } from '../event-log.ts';
import type { KeyValue, Revision, WatchItem } from '../storage.ts';
import type { Connection } from './connection.ts';
import type { WatchEvent } from './messages.ts';
import { tail } from './tail.ts';
import { eventOf } from './wire.ts';
import type { KeySpace } from './wire.ts';

export interface HubOptions {
  readonly connection: Connection;
  readonly keys: KeySpace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly from: Revision;
  /** Most events that are kept for watchers that lag. */
  readonly history: number;
  /** How long a lost stream is sought before watchers are told. */
  readonly giveUpAfterMs: number;
}

interface HubChange extends LoggedChange {
  readonly item: Extract<WatchItem, { readonly kind: 'event' }>;
}

/** One stream of everything that happens in etcd, for all who watch. */
export interface Hub {
  readonly log: EventLog<HubChange>;
  /** Whether the stream is gone for good. */
  isOver(): boolean;
  stop(error: Error): void;
}

const pause = { initialMs: 100, maxMs: 1_000 };

/**
 * Follows all keys, not those of one prefix: then revisions have no gaps, so that a lost event is found out, and the
 * newest revision always arrives, so that etcd never has to be asked how far the stream is. (Up to 3.4.30 its answer
 * to that can run ahead of the events.)
 *
 * A broken stream is resumed after the last event that was seen, and not after the revision that etcd's messages
 * carry: that one can lie thousands of events ahead of those they bring.
 */
export function startHub(options: HubOptions): Hub {
  const { connection, keys, clock, logger, from, history, giveUpAfterMs } = options;
  const log = createEventLog<HubChange>({ floor: from, clock, itemOf: ({ item }) => item });
  /** What the keys hold of which the log tells. */
  const newest = new Map<string, KeyValue>();
  const stopped = new AbortController();
  let isOver = false;
  let failures = 0;
  let lostAt: number | undefined;

  const end = (error: Error) => {
    isOver = true;
    log.end(error);
    stopped.abort();
  };
  const onOpen = () => {
    failures = 0;
    lostAt = undefined;
  };

  function onEvents(events: readonly WatchEvent[]) {
    for (const group of byRevision(events)) {
      if (group.revision <= log.revision) continue;
      if (group.revision > log.revision + 1) {
        logger.error('Etcd skipped revisions', { after: log.revision, next: group.revision });
        throw new ExpiredError(`etcd lost what came after ${log.revision}`, group.revision);
      }
      append(group);
    }
    for (const { key, item } of log.trim(history))
      if (item.event.type === 'put' && item.event.kv === newest.get(key)) newest.delete(key);
  }
  function append({ revision, events }: RevisionGroup) {
    const own = events.flatMap((event) => {
      const key = keys.decode(event.kv.key);
      return key === undefined ? [] : [{ key, event: eventOf(key, event, newest.get(key)) }];
    });
    for (const { key, event } of own)
      if (event.type === 'put') newest.set(key, event.kv);
      else newest.delete(key);
    own.forEach(({ key, event }, i) => {
      const more = i < own.length - 1;
      log.append({ key, revision, more, item: { kind: 'event', event, ...(more && { more }) } });
    });
    log.advance(revision);
  }

  async function run() {
    while (!isOver)
      try {
        await tail(connection, log.revision, { onOpen, onEvents }, stopped.signal);
      } catch (err) {
        if (err instanceof ExpiredError) return end(err);
        lostAt ??= clock.monotonic();
        if (clock.monotonic() - lostAt > giveUpAfterMs) return end(lost(err));
        logger.info('Lost the watch of etcd', { revision: log.revision, err });
        await sleep(
          clock,
          backoff(failures, pause, () => 0),
          stopped.signal,
        );
        failures += 1;
        await mustBeKept(connection, log.revision).catch((why: unknown) => {
          if (why instanceof ExpiredError) end(why);
        });
      }
  }
  void run();

  return { log, isOver: () => isOver, stop: end };
}

/**
 * Throws an `ExpiredError` unless `revision` is neither compacted nor ahead. Asked before every stream, as etcd may
 * leave out a removal at the very revision it was compacted to, and send old events to a watch of the future.
 */
export async function mustBeKept(connection: Connection, revision: Revision): Promise<void> {
  if (revision < 1) return;
  await connection.read(({ kv }) =>
    kv.range({ key: Buffer.from([0]), revision, keys_only: true, limit: 1 }),
  );
}

const lost = (err: unknown) =>
  err instanceof UnavailableError ? err : new UnavailableError('lost etcd', { cause: err });

interface RevisionGroup {
  readonly revision: Revision;
  readonly events: WatchEvent[];
}

function byRevision(events: readonly WatchEvent[]): readonly RevisionGroup[] {
  const groups: RevisionGroup[] = [];
  for (const event of events) {
    const revision = event.kv.modRevision;
    const last = groups.at(-1);
    if (last?.revision === revision) last.events.push(event);
    else groups.push({ revision, events: [event] });
  }
  return groups;
}
