/**
 * Grows by one with every write to any key; never reused or reordered. etcd's mod revision. Only keys that vanish by
 * themselves may share one.
 */
export type Revision = number;

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly modRevision: Revision;
  /** The value would lie in the store in another form if it were written now: writing it again is not in vain. */
  readonly stale?: boolean;
}

export type StorageEvent =
  | { readonly type: 'put'; readonly kv: KeyValue; readonly prev?: KeyValue }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly revision: Revision;
      readonly prev: KeyValue;
    };

export interface ListOptions {
  /** Most items to return; all when absent. */
  readonly limit?: number;
  /** Start at this key (inclusive) instead of at the prefix. */
  readonly startKey?: string;
  /** The state as of this revision; throws `ExpiredError` when it is no longer kept. The newest when absent. */
  readonly revision?: Revision;
}

export interface ListResult {
  /** The revision this list shows. */
  readonly revision: Revision;
  readonly kvs: readonly KeyValue[];
  /** Whether keys were left out by `limit`. */
  readonly more: boolean;
  /** How many keys were left out, known exactly. */
  readonly remaining: number;
}

export type WatchItem =
  | {
      readonly kind: 'event';
      readonly event: StorageEvent;
      /** More events of the same revision follow: keys that vanished together. Resume only after the last of them. */
      readonly more?: boolean;
    }
  /** Nothing up to and including `revision` is still to come. */
  | { readonly kind: 'progress'; readonly revision: Revision };

/**
 * What the API server asks of a backend: keys, bytes and revisions, with etcd's semantics. Reads are linearizable.
 * A lost race is a value; a broken connection throws `UnavailableError`; a write whose outcome is unknown throws
 * `UnknownOutcomeError` and is never sent again.
 */
export interface Storage {
  get(key: string): Promise<{ readonly revision: Revision; readonly kv?: KeyValue }>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /**
   * Resolves to undefined when the key already holds a value. `ttlSeconds` lets the key vanish by itself. Values are
   * kept as they are handed over and must not be changed afterwards; `TooLargeError` when one exceeds `maxValueBytes`.
   */
  create(key: string, value: Uint8Array, ttlSeconds?: number): Promise<KeyValue | undefined>;
  /** Resolves to undefined when `expected` is no longer the key's revision. Without `ttlSeconds` the key stays for good. */
  update(
    key: string,
    value: Uint8Array,
    expected: Revision,
    ttlSeconds?: number,
  ): Promise<KeyValue | undefined>;
  /** Resolves to the revision of the removal, or to undefined when `expected` is no longer the key's revision. */
  remove(key: string, expected: Revision): Promise<Revision | undefined>;
  /**
   * Yields every event after `from`, in order, each once, and progress now and then, until `signal` aborts.
   * Throws `ExpiredError` when `from` is no longer kept, and `UnavailableError` when the backend is lost.
   * A watcher that does not keep up is cut off with `SlowWatcherError`, not waited for.
   */
  watch(prefix: string, from: Revision, signal: AbortSignal): AsyncIterable<WatchItem>;
  /** Asks the watches of exactly this `prefix` to yield progress as soon as they have reached `revision`. */
  requestProgress(prefix: string, revision: Revision): void;
  /** Forgets history before `revision`: older lists and watches then throw `ExpiredError`. */
  compact(revision: Revision): Promise<void>;
  /** Resolves when the backend answers, throws otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
