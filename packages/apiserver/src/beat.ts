import type { Clock } from '@berth/component-base';

/** Moments that many wait for together. */
export interface Beat {
  /** Resolves at the next moment. */
  next(): Promise<void>;
}

export interface BeatOptions {
  readonly leastMs: number;
  /** For each who was woken at the last moment: what they do takes time, and should not take all of it. */
  readonly perWokenMs: number;
  readonly mostMs: number;
}

/** One timer for all who wait, and none while nobody does. */
export function createBeat(
  clock: Pick<Clock, 'after'>,
  { leastMs, perWokenMs, mostMs }: BeatOptions,
): Beat {
  let waiting: (() => void)[] = [];
  let everyMs = leastMs;
  const strike = () => {
    const woken = waiting;
    waiting = [];
    everyMs = Math.min(Math.max(leastMs, woken.length * perWokenMs), mostMs);
    for (const wake of woken) wake();
  };
  return {
    next: () =>
      new Promise((resolve) => {
        if (waiting.push(resolve) === 1) clock.after(everyMs, strike);
      }),
  };
}
