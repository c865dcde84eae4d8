import { sleep, systemClock } from '@berth/component-base';

/** Asks until there is an answer; fails after ten seconds. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = systemClock.monotonic() + 10_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (systemClock.monotonic() > until) throw new Error('It did not happen within 10 s');
    await sleep(systemClock, 20);
  }
}
