import type { KeyValue } from '@berth/storage';

/** The bytes made for a stored value in one form; `make` is called when they are not at hand. */
export type FrameCache = (kv: KeyValue, form: string, make: () => Uint8Array) => Uint8Array;

/** Forms that are kept of one value: enough for the views that clients ask for at the same time. */
const formsKept = 8;

/**
 * Keeps what was made for the last `size` values, so that watchers who follow closely share it, and the store of old
 * objects is not held twice.
 */
export function createFrameCache(size: number): FrameCache {
  const frames = new Map<KeyValue, Map<string, Uint8Array>>();
  return (kv, form, make) => {
    const known = frames.get(kv);
    const found = known?.get(form);
    if (found) return found;
    const bytes = make();
    const forms = known ?? new Map<string, Uint8Array>();
    keepAtMost(forms.set(form, bytes), formsKept);
    frames.delete(kv);
    keepAtMost(frames.set(kv, forms), size);
    return bytes;
  };
}

function keepAtMost<K>(map: Map<K, unknown>, most: number): void {
  if (map.size <= most) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}
