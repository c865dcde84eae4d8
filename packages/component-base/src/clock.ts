/** The time, as every component sees it. Production hands in `systemClock`; tests and the simulator hand in their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds that never go backwards, for measuring how long something took. */
  monotonic(): number;
  /** Calls `fn` once after `ms`, however long that is; the returned function cancels it. */
  after(ms: number, fn: () => void): () => void;
}

/** Resolves after `ms`, or as soon as `signal` aborts; never rejects, so loops check `signal.aborted` themselves. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Kubernetes' wire form of a time: RFC 3339 in UTC with whole seconds. */
export const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Kubernetes' MicroTime wire form: RFC 3339 in UTC with six fractional digits. */
export const formatMicroTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 23)}000Z`;
