import type { Clock } from '@berth/component-base';
import { sleep } from '@berth/component-base';

type Values<S extends readonly AsyncIterable<unknown>[]> = {
  readonly [K in keyof S]: S[K] extends AsyncIterable<infer T> ? T : never;
};

/**
 * Looks at the newest values of several streams whenever one of them has a new one, and every `tickMs`, once all have
 * a first. Gives what `look` gives, as soon as that is something. Throws what a stream throws.
 */
export async function observe<S extends readonly AsyncIterable<unknown>[], T>(
  streams: S,
  look: (...values: Values<S>) => T | undefined | Promise<T | undefined>,
  {
    clock,
    tickMs,
    signal,
  }: { readonly clock: Clock; readonly tickMs: number; readonly signal: AbortSignal },
): Promise<T> {
  const newest: unknown[] = [];
  const seen = new Set<number>();
  let wake: () => void = () => undefined;
  let failure: { readonly err: unknown } | undefined;
  const read = async (stream: AsyncIterable<unknown>, index: number) => {
    try {
      for await (const value of stream) {
        newest[index] = value;
        seen.add(index);
        wake();
      }
    } catch (err) {
      failure ??= { err };
      wake();
    }
  };
  streams.forEach((stream, index) => void read(stream, index));
  for (;;) {
    const changed = new Promise<void>((resolve) => (wake = resolve));
    if (failure) throw failure.err;
    if (seen.size === streams.length) {
      const found = await look(...(newest as unknown as Values<S>));
      if (found !== undefined) return found;
    }
    signal.throwIfAborted();
    const tick = new AbortController();
    await Promise.race([changed, sleep(clock, tickMs, tick.signal)]);
    tick.abort();
  }
}
