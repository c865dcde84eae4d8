import type { Clock } from '@berth/component-base';

/**
 * What a controller has done and its cache does not show yet. While a key has open expectations its cache lies,
 * and acting on it would create or delete twice. Expectations that stay open for too long are given up: the watch
 * that should have closed them was cut, and the next list shows the truth.
 */
export interface Expectations {
  expectCreations(key: string, count: number): void;
  expectDeletions(key: string, uids: readonly string[]): void;
  /** An object came, or its creation failed. */
  creationSeen(key: string): void;
  /** An object went, or its deletion failed. */
  deletionSeen(key: string, uid: string): void;
  satisfied(key: string): boolean;
  forget(key: string): void;
}

/** Upstream's ExpectationsTimeout. */
const timeoutMs = 5 * 60_000;

export function createExpectations(clock: Clock): Expectations {
  const open = new Map<string, { creations: number; deletions: Set<string>; since: number }>();
  const of = (key: string) => {
    const entry = open.get(key) ?? { creations: 0, deletions: new Set(), since: 0 };
    entry.since = clock.monotonic();
    open.set(key, entry);
    return entry;
  };
  return {
    expectCreations: (key, count) => void (of(key).creations += count),
    expectDeletions: (key, uids) => uids.forEach((uid) => of(key).deletions.add(uid)),
    creationSeen(key) {
      const entry = open.get(key);
      if (entry && entry.creations > 0) entry.creations -= 1;
    },
    deletionSeen: (key, uid) => void open.get(key)?.deletions.delete(uid),
    satisfied(key) {
      const entry = open.get(key);
      if (!entry || (entry.creations === 0 && entry.deletions.size === 0)) return true;
      return clock.monotonic() - entry.since > timeoutMs;
    },
    forget: (key) => void open.delete(key),
  };
}
