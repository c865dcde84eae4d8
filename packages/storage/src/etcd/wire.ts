import type { IEvent, IKeyValue } from 'etcd3';
import { ExpiredError } from '../errors.ts';
import type { KeyValue, Revision, StorageEvent } from '../storage.ts';

/** Keys as etcd has them: all behind one prefix. */
export interface KeySpace {
  encode(key: string): Buffer;
  /** Undefined for keys that are not behind the prefix. */
  decode(bytes: Buffer): string | undefined;
  /** The keys at or after `startKey` that begin with `prefix`. */
  range(prefix: string, startKey?: string): { readonly key: Buffer; readonly range_end: Buffer };
}

/** In etcd's ranges a single zero byte means the first key, or no end. */
const zero = Buffer.from([0]);
export const allKeys = { key: zero, range_end: zero };

export function createKeySpace(before: string): KeySpace {
  const encode = (key: string) => Buffer.from(before + key);
  return {
    encode,
    decode(bytes) {
      const key = bytes.toString();
      return key.startsWith(before) ? key.slice(before.length) : undefined;
    },
    range(prefix, startKey = prefix) {
      const first = encode(prefix);
      const start = encode(startKey);
      const key = Buffer.compare(start, first) > 0 ? start : first;
      return { key: key.length > 0 ? key : zero, range_end: endOf(first) };
    },
  };
}

/** The first bytes that come after everything that begins with `prefix`. UTF-8 has no byte 255 that could overflow. */
function endOf(prefix: Buffer): Buffer {
  if (prefix.length === 0) return zero;
  const end = Buffer.from(prefix);
  end[end.length - 1] = end[end.length - 1]! + 1;
  return end;
}

/** The value is copied: it would keep the whole answer it came with in memory. */
export const kvOf = (key: string, { value, mod_revision }: IKeyValue): KeyValue => ({
  key,
  value: Uint8Array.prototype.slice.call(value),
  modRevision: Number(mod_revision),
});

/** Throws an `ExpiredError` when what was there before is needed and has been compacted meanwhile. */
export function eventOf(key: string, { type, kv, prev_kv }: IEvent): StorageEvent {
  const revision: Revision = Number(kv.mod_revision);
  const before = prev_kv as IKeyValue | null;
  const isNew = type === 'Put' && kv.create_revision === kv.mod_revision;
  if (!before && !isNew)
    throw new ExpiredError(`what ${key} was before revision ${revision} is compacted`, revision);
  const prev = before && kvOf(key, before);
  if (type === 'Put') return { type: 'put', kv: kvOf(key, kv), ...(prev && { prev }) };
  return { type: 'delete', key, revision, prev: prev! };
}
