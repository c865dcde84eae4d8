import type { Clock } from '../clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward, running every timer that falls due, in order, and letting promises settle after each. */
  advance(ms: number): Promise<void>;
  /** How many timers wait. */
  pending(): number;
}

/** A clock that stands still until told to move. */
export function createFakeClock(start = Date.parse('2026-01-01T00:00:00Z')): FakeClock {
  let now = start;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly fn: () => void }>();

  const due = (until: number) =>
    [...timers]
      .filter(([, timer]) => timer.at <= until)
      .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];

  return {
    now: () => now,
    monotonic: () => now - start,
    after(ms, fn) {
      const id = order++;
      timers.set(id, { at: now + Math.max(0, ms), fn });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const until = now + ms;
      for (let next = due(until); next; next = due(until)) {
        const [id, timer] = next;
        timers.delete(id);
        now = Math.max(now, timer.at);
        timer.fn();
        await settle();
      }
      now = until;
      await settle();
    },
    pending: () => timers.size,
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
