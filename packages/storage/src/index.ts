export { openEmbeddedStorage } from './embedded.ts';
export type { EmbeddedOptions } from './embedded.ts';
export {
  ExpiredError,
  SlowWatcherError,
  TooLargeError,
  UnavailableError,
  UnknownOutcomeError,
} from './errors.ts';
export { openEtcdStorage } from './etcd.ts';
export type { EtcdOptions, EtcdTls } from './etcd.ts';
export { keyOfObject, keyOfRange, prefixOf } from './keys.ts';
export type { StoredObject, StoredResource } from './keys.ts';
export { maxValueBytes } from './limits.ts';
export { createMemoryStorage } from './memory.ts';
export type { MemoryOptions } from './memory.ts';
export type {
  KeyValue,
  ListOptions,
  ListResult,
  Revision,
  Storage,
  StorageEvent,
  WatchItem,
} from './storage.ts';
export { createWatchCache } from './watch-cache.ts';
export type { WatchCache, WatchCacheOptions } from './watch-cache.ts';
export { createTransformedStorage } from './transform.ts';
export type { ValueTransform } from './transform.ts';
