import type { KeyValue, Storage, StorageEvent, WatchItem } from './storage.ts';

/** Another form of values, as they lie in the store. */
export interface ValueTransform {
  /** What is stored for a value. */
  seal(key: string, value: Uint8Array): Uint8Array;
  /** The value that was stored, and whether it would be stored in another form today. Throws when it cannot be read. */
  open(key: string, stored: Uint8Array): { readonly value: Uint8Array; readonly stale: boolean };
}

/** A storage whose values lie in `inner` in another form, and are seen by nobody else. */
export function createTransformedStorage(inner: Storage, transform: ValueTransform): Storage {
  const opened = (kv: KeyValue): KeyValue => {
    const { value, stale } = transform.open(kv.key, kv.value);
    return { ...kv, value, ...(stale && { stale }) };
  };
  /** A write's answer has what was written, so that nothing is opened only to be compared. */
  const written = (kv: KeyValue | undefined, value: Uint8Array) => kv && { ...kv, value };

  return {
    ...inner,
    async get(key) {
      const { kv, ...rest } = await inner.get(key);
      return kv ? { ...rest, kv: opened(kv) } : rest;
    },
    async list(prefix, options) {
      const result = await inner.list(prefix, options);
      return { ...result, kvs: result.kvs.map(opened) };
    },
    create: async (key, value, ttlSeconds) =>
      written(await inner.create(key, transform.seal(key, value), ttlSeconds), value),
    update: async (key, value, expected, ttlSeconds) =>
      written(await inner.update(key, transform.seal(key, value), expected, ttlSeconds), value),
    async *watch(prefix, from, signal) {
      for await (const item of inner.watch(prefix, from, signal)) yield openedItem(item, opened);
    },
  };
}

function openedItem(item: WatchItem, opened: (kv: KeyValue) => KeyValue): WatchItem {
  return item.kind === 'event' ? { ...item, event: openedEvent(item.event, opened) } : item;
}

const openedEvent = (event: StorageEvent, opened: (kv: KeyValue) => KeyValue): StorageEvent =>
  event.type === 'put'
    ? { ...event, kv: opened(event.kv), ...(event.prev && { prev: opened(event.prev) }) }
    : { ...event, prev: opened(event.prev) };
