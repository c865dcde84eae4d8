import type { Revision, Storage, StorageEvent, WatchItem } from '../storage.ts';

export const keyOfEvent = (event: StorageEvent): string =>
  event.type === 'put' ? event.kv.key : event.key;
export const revisionOfEvent = (event: StorageEvent): Revision =>
  event.type === 'put' ? event.kv.modRevision : event.revision;

/** The events of a watch until `count` have come, or until it throws. */
export async function takeEvents(
  storage: Storage,
  prefix: string,
  from: Revision,
  count: number,
): Promise<readonly StorageEvent[]> {
  const events: StorageEvent[] = [];
  if (count === 0) return events;
  const stop = new AbortController();
  for await (const item of storage.watch(prefix, from, stop.signal)) {
    if (item.kind === 'event') events.push(item.event);
    if (events.length === count) break;
  }
  return events;
}

/** The events up to a revision that a write has returned: watches until progress or an event says it is past it. */
export async function eventsUntil(
  storage: Storage,
  prefix: string,
  from: Revision,
  until: Revision,
): Promise<readonly StorageEvent[]> {
  const events: StorageEvent[] = [];
  if (from >= until) return events;
  const stop = new AbortController();
  const items = storage.watch(prefix, from, stop.signal);
  storage.requestProgress(prefix, until);
  for await (const item of items) {
    if (item.kind === 'event') events.push(item.event);
    if (reached(item) >= until) break;
  }
  return events;
}

function reached(item: WatchItem): Revision {
  if (item.kind === 'progress') return item.revision;
  return item.more ? 0 : revisionOfEvent(item.event);
}

/** The next item of a watch, undefined at its end. */
export async function nextItem(items: AsyncIterator<WatchItem>): Promise<WatchItem | undefined> {
  const result: IteratorResult<WatchItem, undefined> = await items.next();
  return result.value;
}
