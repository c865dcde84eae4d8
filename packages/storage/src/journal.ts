import type { Revision } from './storage.ts';

/** One write, without its value. */
export interface JournalHeader {
  readonly revision: Revision;
  readonly key: string;
  /** The key's revision before; absent when it did not exist. */
  readonly prev?: Revision;
  readonly deleted: boolean;
  /** When the key vanishes by itself, in milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** Where a store keeps its writes: records by revision, appended in order. */
export interface Journal {
  /** The newest revision ever appended, 1 when nothing was. */
  readonly revision: Revision;
  /** Where history begins, 0 at first; records up to here are the newest of their keys, or left over. */
  readonly compacted: Revision;
  /** The records after `after`, in order. */
  headers(after?: Revision): Iterable<JournalHeader>;
  /** The value of a record that is kept. */
  read(revision: Revision): Uint8Array;
  /** Throws an `UnavailableError` when a record with so many bytes of value would not be taken now. */
  mustTake(valueBytes: number, isRemoval: boolean): void;
  /**
   * Calls `settled` when the record is as safe as it gets, in the order of the calls; with an error when it is not
   * certain to be kept. Then all that are under way fail with it, before anything else can be appended.
   */
  append(
    record: JournalHeader & { readonly value?: Uint8Array },
    settled: (error?: Error) => void,
  ): void;
  /** Lets history begin at `revision` and drops the records in `useless`. */
  compact(revision: Revision, useless: readonly Revision[]): Promise<void>;
  close(): Promise<void>;
}
