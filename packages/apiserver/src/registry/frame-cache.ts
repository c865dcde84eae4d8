import type { KeyValue } from '@berth/storage';

/** The bytes made for a stored value in one form; `make` is called when they are not at hand. */
export type FrameCache = (kv: KeyValue, form: string, make: () => Uint8Array) => Uint8Array;

interface Frame {
  readonly form: string;
  readonly bytes: Uint8Array;
}

/**
 * Keeps what was made for the last `size` values, so that watchers who follow closely share it, and the store of old
 * objects is not held twice.
 */
export function createFrameCache(size: number): FrameCache {
  const frames = new Map<KeyValue, Frame>();
  return (kv, form, make) => {
    const known = frames.get(kv);
    if (known?.form === form) return known.bytes;
    const bytes = make();
    frames.delete(kv);
    frames.set(kv, { form, bytes });
    const [oldest] = frames.keys();
    if (frames.size > size && oldest) frames.delete(oldest);
    return bytes;
  };
}
