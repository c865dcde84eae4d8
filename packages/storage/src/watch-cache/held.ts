import type { Clock } from '@berth/component-base';
import { createEventLog } from '../event-log.ts';
import type { EventLog } from '../event-log.ts';
import type { Change } from '../page.ts';
import { createSortedMap } from '../sorted-map.ts';
import type { SortedMap } from '../sorted-map.ts';
import type { KeyValue, Revision, StorageEvent, WatchItem } from '../storage.ts';
import { createTimeline } from '../timeline.ts';

export type EventItem = Extract<WatchItem, { kind: 'event' }>;

interface CachedChange extends Change<KeyValue> {
  readonly item: EventItem;
  readonly more: boolean;
}

/** The newest state of a prefix, and the latest events that led to it. */
export interface Held {
  readonly kvs: SortedMap<KeyValue>;
  readonly log: EventLog<CachedChange>;
  /** Takes in the events of one revision, all at once. */
  apply(items: readonly EventItem[]): void;
  /** Nothing that concerns what is held happened up to `revision`. */
  advance(revision: Revision): void;
  /**
   * States before this revision are older than the window: others have been the newest for that long, even if nothing
   * that is held has changed since.
   */
  oldestState(): Revision;
}

export interface Window {
  readonly events: number;
  readonly ms: number;
}

export function createHeld(
  kvs: Iterable<KeyValue>,
  revision: Revision,
  clock: Clock,
  window: Window,
): Held {
  const state = createSortedMap<KeyValue>();
  for (const kv of kvs) state.set(kv.key, kv);
  const log = createEventLog<CachedChange>({
    floor: revision,
    clock,
    itemOf: ({ item }) => item,
  });
  let mark = revision;
  let marked = clock.monotonic();
  const states = createTimeline(revision, clock, window.ms);

  function applyOne({ event, more = false }: EventItem) {
    const { key, revision } = placeOf(event);
    const before = state.get(key);
    if (event.type === 'put') state.set(key, event.kv);
    else state.delete(key);
    const item = { kind: 'event', event: sharing(event, before), ...(more && { more }) } as const;
    log.append({ revision, key, prev: item.event.prev, item, more });
  }
  function dropOld() {
    log.trim(window.events);
    if (clock.monotonic() - marked < window.ms) return;
    log.forget(mark);
    mark = log.revision;
    marked = clock.monotonic();
  }

  return {
    kvs: state,
    log,
    apply(items) {
      items.forEach(applyOne);
      dropOld();
      states.note(log.revision);
    },
    advance(to) {
      log.advance(to);
      states.note(log.revision);
    },
    oldestState() {
      states.note(log.revision);
      return states.before() ?? 0;
    },
  };
}

const placeOf = (event: StorageEvent): { readonly key: string; readonly revision: Revision } =>
  event.type === 'put' ? { key: event.kv.key, revision: event.kv.modRevision } : event;

/** The event with the object that is held already as its `prev`, so that its bytes are held once. */
function sharing(event: StorageEvent, held: KeyValue | undefined): StorageEvent {
  return held && held.modRevision === event.prev?.modRevision ? { ...event, prev: held } : event;
}
