/**
 * Keys waiting for a worker. A key is held once however often it is added, is never with two workers at a time,
 * and comes back once if it was added while a worker had it.
 */
export interface Workqueue<K> {
  add(key: K): void;
  /** Adds the key after `ms`; of several delays for one key the earliest wins. */
  addAfter(key: K, ms: number): void;
  /** Adds the key after its own back-off, which grows with every call until `forget`. */
  addRateLimited(key: K): void;
  forget(key: K): void;
  /** How often `addRateLimited` was called for the key since the last `forget`. */
  requeues(key: K): number;
  /** Keys that wait for a worker now. */
  depth(): number;
  /**
   * Yields keys until `signal` aborts; asking for the next key hands the last one back. With the abort the keys that
   * wait for their time are forgotten: no timer outlives the workers.
   */
  take(signal: AbortSignal): AsyncIterable<K>;
}
