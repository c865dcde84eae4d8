import type { Clock } from '@berth/component-base';

/** Interrupts someone who waits, from time to time. */
export interface Ticker {
  /** What `pending` resolves to, or undefined when a tick comes first; `pending` can then be waited for again. */
  orTick<T>(pending: Promise<T>): Promise<T | undefined>;
  /** Whether the last tick has come. */
  isOver(): boolean;
  stop(): void;
}

/** A tick whenever `everyMs` have passed, and a last one after `untilMs`. */
export function createTicker(
  clock: Clock,
  { everyMs, untilMs }: { readonly everyMs: number; readonly untilMs: number },
): Ticker {
  const end = clock.monotonic() + untilMs;
  const isOver = () => clock.monotonic() >= end;
  let isDue = false;
  let wake: () => void = () => undefined;
  let stop: () => void = () => undefined;
  const arm = () => {
    stop = clock.after(Math.min(everyMs, end - clock.monotonic()), () => {
      isDue = true;
      wake();
      if (!isOver()) arm();
    });
  };
  arm();
  return {
    orTick: <T>(pending: Promise<T>) =>
      new Promise<T | undefined>((resolve, reject) => {
        wake = () => {
          isDue = false;
          resolve(undefined);
        };
        if (isDue) wake();
        else pending.then(resolve, reject);
      }),
    isOver,
    stop: () => stop(),
  };
}
