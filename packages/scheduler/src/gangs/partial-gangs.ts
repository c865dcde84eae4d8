import type { Gang } from './gangs.ts';
import { isScheduled } from './group-condition.ts';

/**
 * Gangs of which some pods have got a node, and not as many as are needed: binds can fail one by one, and the place of a
 * pod whose bind failed may be taken by another. They hold places for nothing, which they may for some time only. A gang
 * that once had all it needs is none of these, however many of its pods are lost later.
 */
export interface PartialGangs {
  /** To be told of whenever its pods change. `now` in ms. */
  look(gang: Gang, now: number): void;
  /** The keys of those that have been partial for too long; they get as much time again. */
  expire(now: number): readonly string[];
  /** When the next one has been for too long; undefined when there is none. */
  readonly nextExpiry: number | undefined;
}

export function createPartialGangs(timeoutMs: number): PartialGangs {
  /** Oldest first. */
  const since = new Map<string, number>();
  const whole = new Set<string>();
  return {
    look({ key, group, minCount, placed }, now) {
      if (placed.size === 0) whole.delete(key);
      else if (placed.size >= minCount) whole.add(key);
      const isPartial = placed.size > 0 && !whole.has(key) && !isScheduled(group);
      if (!isPartial) since.delete(key);
      else if (!since.has(key)) since.set(key, now);
    },
    expire(now) {
      const late = [...since].filter(([, at]) => now - at >= timeoutMs).map(([key]) => key);
      for (const key of late) {
        since.delete(key);
        since.set(key, now);
      }
      return late;
    },
    get nextExpiry() {
      const [first] = since.values();
      return first === undefined ? undefined : first + timeoutMs;
    },
  };
}
