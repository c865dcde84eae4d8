import { ExpiredError } from '../errors.ts';
import type { KeyValue, Revision, StorageEvent } from '../storage.ts';
import type { KeyState, WatchEvent } from './messages.ts';

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

export const kvOf = (
  key: string,
  { value, modRevision }: Pick<KeyState, 'value' | 'modRevision'>,
): KeyValue => ({ key, value: copyOf(value), modRevision });

/** In memory of its own: a part would keep the whole answer it came with, or a slab of others' values. */
function copyOf(value: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(value.length);
  copy.set(value);
  return copy;
}

/**
 * Takes `known` for what was there before, if it is. Throws an `ExpiredError` when what was there before is needed and
 * has been compacted meanwhile.
 */
export function eventOf(
  key: string,
  { type, kv, prev }: WatchEvent,
  known: KeyValue | undefined,
): StorageEvent {
  const revision: Revision = kv.modRevision;
  const isNew = type === 'put' && kv.createRevision === revision;
  if (!prev && !isNew)
    throw new ExpiredError(`what ${key} was before revision ${revision} is compacted`, revision);
  const before = prev && (known?.modRevision === prev.modRevision ? known : kvOf(key, prev));
  if (type === 'put') return { type, kv: kvOf(key, kv), ...(before && { prev: before }) };
  return { type, key, revision, prev: before! };
}
