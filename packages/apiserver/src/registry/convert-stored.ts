import { apiVersionOf } from '@berth/api';
import type { ResourceType } from '@berth/api';
import type { KeyValue, WatchCache, WatchItem } from '@berth/storage';
import { atRevision, parseStored } from './codec.ts';
import type { Codec } from './codec.ts';
import type { Convert } from './strategy.ts';

export interface Conversion {
  /** What readers want. */
  readonly type: ResourceType;
  readonly convert: Convert;
}

/**
 * The same store for readers of one version: whatever it hands out has been converted, so that the codec knows its
 * object. Values of one list are converted together, and each once for as long as the cache holds it. What cannot be
 * converted is thrown as `convert` throws it.
 */
export function convertStored(
  storage: WatchCache,
  codec: Codec,
  { type, convert }: Conversion,
): WatchCache {
  const apiVersion = apiVersionOf(type);
  const ready = new WeakMap<KeyValue, Promise<void>>();

  async function convertAll(kvs: readonly KeyValue[]): Promise<void> {
    const stored = kvs.map((kv) => atRevision(parseStored(kv.value), kv.modRevision));
    const objects = await convert(stored, apiVersion);
    for (const [i, kv] of kvs.entries()) codec.remember(kv, objects[i]!);
  }

  async function prepare(kvs: readonly KeyValue[]): Promise<void> {
    const fresh = kvs.filter((kv) => !ready.has(kv));
    if (fresh.length > 0) {
      const converting = convertAll(fresh);
      for (const kv of fresh) ready.set(kv, converting);
      // Whoever comes next may have more luck.
      converting.catch(() => fresh.forEach((kv) => ready.delete(kv)));
    }
    await Promise.all([...new Set(kvs.map((kv) => ready.get(kv)))]);
  }

  const prepared = async <T>(result: T, kvs: readonly (KeyValue | undefined)[]): Promise<T> => {
    await prepare(kvs.filter((kv) => kv !== undefined));
    return result;
  };
  const prepareOne = async <T extends { readonly kv?: KeyValue }>(found: Promise<T>) =>
    prepared(await found, [(await found).kv]);
  const prepareList = async <T extends { readonly kvs: readonly KeyValue[] }>(found: Promise<T>) =>
    prepared(await found, (await found).kvs);

  async function* watch(items: AsyncIterable<WatchItem>): AsyncGenerator<WatchItem, void> {
    for await (const item of items) {
      await prepare(valuesOf(item));
      yield item;
    }
  }
  async function* watchBatches(
    batches: AsyncIterable<readonly WatchItem[]>,
  ): AsyncGenerator<readonly WatchItem[], void> {
    for await (const batch of batches) {
      await prepare(batch.flatMap(valuesOf));
      yield batch;
    }
  }

  return {
    ...storage,
    get: (key) => prepareOne(storage.get(key)),
    getCached: (key) => prepareOne(storage.getCached(key)),
    list: (prefix, options) => prepareList(storage.list(prefix, options)),
    listCached: (prefix, options) => prepareList(storage.listCached(prefix, options)),
    create: async (key, value, ttl) => written(value, await storage.create(key, value, ttl)),
    update: async (key, value, expected, ttl) =>
      written(value, await storage.update(key, value, expected, ttl)),
    watch: (...how) => watch(storage.watch(...how)),
    watchBatches: async (...how) => watchBatches(await storage.watchBatches(...how)),
  };

  /** What is stored is stored: whoever wrote it is told, if need be in the words it was written in. */
  async function written(value: Uint8Array, kv: KeyValue | undefined) {
    if (!kv) return undefined;
    const object = codec.encodedFrom(value);
    await prepare([kv]).catch((err: unknown) => {
      if (!object) throw err;
      codec.remember(kv, atRevision(object, kv.modRevision));
    });
    return kv;
  }
}

const valuesOf = (item: WatchItem): readonly KeyValue[] =>
  item.kind === 'event'
    ? [item.event.type === 'put' ? item.event.kv : undefined, item.event.prev].filter(
        (kv) => kv !== undefined,
      )
    : [];
