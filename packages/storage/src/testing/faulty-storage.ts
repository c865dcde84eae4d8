import { UnavailableError } from '../errors.ts';
import type { Storage } from '../storage.ts';

export interface FaultyStorage extends Storage {
  /** Ends all watches with an `UnavailableError`. */
  cutWatches(): void;
  /** Lets every call and watch fail until `up`. */
  down(): void;
  up(): void;
  /** How many watches there are now, and how many there have been. */
  watches(): { readonly now: number; readonly ever: number };
}

/** A storage whose connection can be lost. */
export function makeFaulty(storage: Storage): FaultyStorage {
  let isDown = false;
  let cut = new AbortController();
  let now = 0;
  let ever = 0;
  const lost = () => new UnavailableError('the connection is cut');
  const through =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A) => {
      if (isDown) throw lost();
      return call(...args);
    };
  const cutWatches = () => {
    cut.abort();
    cut = new AbortController();
  };

  return {
    get: through((...call) => storage.get(...call)),
    list: through((...call) => storage.list(...call)),
    create: through((...call) => storage.create(...call)),
    update: through((...call) => storage.update(...call)),
    remove: through((...call) => storage.remove(...call)),
    compact: through((...call) => storage.compact(...call)),
    ping: through((...call) => storage.ping(...call)),
    close: () => storage.close(),
    requestProgress: (...call) => storage.requestProgress(...call),
    async *watch(prefix, from, signal) {
      if (isDown) throw lost();
      const mine = cut.signal;
      now += 1;
      ever += 1;
      try {
        yield* storage.watch(prefix, from, AbortSignal.any([signal, mine]));
        if (mine.aborted && !signal.aborted) throw lost();
      } finally {
        now -= 1;
      }
    },
    cutWatches,
    down() {
      isDown = true;
      cutWatches();
    },
    up() {
      isDown = false;
    },
    watches: () => ({ now, ever }),
  };
}
