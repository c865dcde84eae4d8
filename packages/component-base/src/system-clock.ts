import type { Clock } from './clock.ts';

/** The longest that one of Node's timers waits; it takes more for a millisecond. */
const longestMs = 2 ** 31 - 1;

/** The machine's own clock and timers: the one place where they are read. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const wait = (leftMs: number): NodeJS.Timeout =>
      leftMs > longestMs
        ? setTimeout(() => (timer = wait(leftMs - longestMs)), longestMs)
        : setTimeout(fn, leftMs);
    let timer = wait(ms);
    return () => clearTimeout(timer);
  },
};
