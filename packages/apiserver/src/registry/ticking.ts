import type { Clock } from '@berth/component-base';

export interface Tick {
  readonly kind: 'tick';
}

const tick: Tick = { kind: 'tick' };

/**
 * The items of `source`, with a tick whenever `everyMs` have passed since the last one, and a last tick after
 * `untilMs`, which ends it. Only one item is asked for at a time: a slow reader makes the source wait.
 */
export async function* withTicks<T>(
  source: AsyncIterable<T>,
  clock: Clock,
  { everyMs, untilMs }: { readonly everyMs: number; readonly untilMs: number },
): AsyncIterable<T | Tick> {
  const iterator = source[Symbol.asyncIterator]();
  const end = clock.monotonic() + untilMs;
  let pending: Promise<IteratorResult<T>> | undefined;
  const alarm = { due: false, wake: () => undefined as void };
  let cancel: () => void = () => undefined;
  const arm = () => {
    cancel = clock.after(Math.min(everyMs, end - clock.monotonic()), () => {
      alarm.due = true;
      alarm.wake();
    });
  };
  const ticked = () => new Promise<undefined>((resolve) => (alarm.wake = () => resolve(undefined)));

  arm();
  try {
    for (;;) {
      pending ??= iterator.next();
      const result = alarm.due ? undefined : await Promise.race([pending, ticked()]);
      if (result) {
        pending = undefined;
        if (result.done) return;
        yield result.value;
        continue;
      }
      alarm.due = false;
      yield tick;
      if (clock.monotonic() >= end) return;
      arm();
    }
  } finally {
    cancel();
    pending?.catch(() => undefined);
    void iterator.return?.().then(undefined, () => undefined);
  }
}
