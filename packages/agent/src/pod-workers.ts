import { backoff } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';

/** What comes after one look at a pod. */
export type Next =
  /** Look again after this long, if nothing wakes it before. */
  | { readonly afterMs: number }
  /** There is nothing left to look at. */
  | 'forget';

/** One worker per pod: looks at a pod one at a time, and once more when something changed meanwhile. */
export interface PodWorkers {
  /** Look at the pod now, or again as soon as the present look ends. */
  wake(uid: string): void;
  /** Ends the present look, which does the wrong thing, and starts another. */
  interrupt(uid: string): void;
  /** Resolves when no look is under way; none is started any more. */
  stop(): Promise<void>;
}

export interface PodWorkersOptions {
  readonly sync: (uid: string, signal: AbortSignal) => Promise<Next>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

interface Worker {
  running: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  again: boolean;
  failures: number;
  cancel: () => void;
}

const retry = { initialMs: 1000, maxMs: 10_000, jitter: 0.2 };

export function createPodWorkers({ sync, clock, random, logger }: PodWorkersOptions): PodWorkers {
  const workers = new Map<string, Worker>();
  let stopped = false;

  const start = (uid: string, worker: Worker) => {
    worker.cancel();
    worker.again = false;
    const stop = new AbortController();
    const done = look(uid, worker, stop).then(() => {
      worker.running = undefined;
      if (worker.again && !stopped) start(uid, worker);
    });
    worker.running = { stop, done };
  };

  const look = async (uid: string, worker: Worker, stop: AbortController): Promise<void> => {
    try {
      const next = await sync(uid, stop.signal);
      worker.failures = 0;
      if (next === 'forget' && !worker.again) workers.delete(uid);
      else if (next !== 'forget') later(uid, worker, next.afterMs);
    } catch (err) {
      if (stop.signal.aborted) return;
      logger.debug('Failed to sync a pod', { uid, err });
      later(uid, worker, backoff(worker.failures++, retry, random));
    }
  };

  const later = (uid: string, worker: Worker, ms: number) => {
    worker.cancel = clock.after(ms, () => wake(uid));
  };

  const wake = (uid: string) => {
    if (stopped) return;
    const worker = workers.get(uid) ?? {
      running: undefined,
      again: false,
      failures: 0,
      cancel: () => undefined,
    };
    workers.set(uid, worker);
    if (worker.running) worker.again = true;
    else start(uid, worker);
  };

  return {
    wake,
    interrupt(uid) {
      workers.get(uid)?.running?.stop.abort();
      wake(uid);
    },
    async stop() {
      stopped = true;
      const running = [...workers.values()].flatMap((worker) => {
        worker.cancel();
        worker.running?.stop.abort();
        return worker.running?.done ?? [];
      });
      await Promise.all(running);
    },
  };
}
