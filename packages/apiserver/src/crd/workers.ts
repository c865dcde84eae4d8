import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';

export interface WorkerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Looks at one name; `again` asks for another look in a while. */
  readonly reconcile: (name: string) => Promise<'done' | 'again'>;
}

/** Looks at names one after the other, each at least once after it was added. */
export interface Workers {
  add(name: string): void;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  /** Resolves when the last look is over, after the signal aborted. */
  ended(): Promise<void>;
}

const retry = { initialMs: 50, maxMs: 5000, jitter: 0.5 };

export function createWorkers(
  { clock, random, logger, reconcile }: WorkerOptions,
  signal: AbortSignal,
): Workers {
  const waiting = new Set<string>();
  const failures = new Map<string, number>();
  const retries = new Set<Promise<void>>();
  let working: Promise<void> = Promise.resolve();
  let isWorking = false;

  const look = async (name: string) => {
    try {
      if ((await reconcile(name)) === 'done') return void failures.delete(name);
    } catch (err) {
      logger.info('Failed to look after a CustomResourceDefinition', { name, err });
    }
    const count = failures.get(name) ?? 0;
    failures.set(name, count + 1);
    const later = sleep(clock, backoff(count, retry, random), signal).then(() => {
      retries.delete(later);
      add(name);
    });
    retries.add(later);
  };
  const work = async () => {
    for (const name of waiting) {
      if (signal.aborted) break;
      waiting.delete(name);
      await look(name);
    }
    isWorking = false;
  };
  function add(name: string): void {
    if (signal.aborted) return;
    waiting.add(name);
    if (isWorking) return;
    isWorking = true;
    working = work();
  }
  return {
    add,
    idle: async () => {
      while (isWorking) await working;
    },
    async ended() {
      await Promise.all(retries);
      await working;
    },
  };
}
