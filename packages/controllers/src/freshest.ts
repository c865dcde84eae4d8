import { keyOf } from '@berth/api';
import type { KubeObject } from '@berth/api';

/**
 * What this process has written itself and its copy does not show yet. A plan made of an older state would count again what is
 * counted already.
 */
export interface Freshest<T extends KubeObject> {
  /** Remembers what a write gave back. */
  wrote(object: T): void;
  /** The newer of the copy and what was written last. */
  of(copy: T): T;
  forget(key: string): void;
}

export function createFreshest<T extends KubeObject>(): Freshest<T> {
  const written = new Map<string, T>();
  return {
    wrote: (object) => void written.set(keyOf(object), object),
    of(copy) {
      const own = written.get(keyOf(copy));
      if (!own) return copy;
      if (own.metadata.uid === copy.metadata.uid && versionOf(own) > versionOf(copy)) return own;
      written.delete(keyOf(copy));
      return copy;
    },
    forget: (key) => void written.delete(key),
  };
}

/** Versions of one kind compare as numbers. */
const versionOf = ({ metadata }: KubeObject) => BigInt(metadata.resourceVersion);
