import type { Clock, Logger } from '@berth/component-base';
import type { Client, EventRecorder, InformerFactory, Workqueue } from '@berth/client';

/** What every controller is given. */
export interface ControllerContext {
  readonly client: Client;
  readonly informers: InformerFactory;
  /** A recorder whose events come from `component`. */
  readonly recorder: (component: string) => EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A loop that brings one kind of object to what its spec says, until its signal aborts. */
export interface Controller {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

interface Result {
  /** Look at the key again after this long even if nothing happens. */
  readonly requeueAfterMs?: number | undefined;
}

/** Brings one object to what its spec says. Gets a key, never the event that caused it; may run twice. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Result | undefined>;

export interface ControllerOptions {
  readonly name: string;
  readonly queue: Workqueue<string>;
  readonly reconcile: Reconcile;
  readonly workers: number;
  readonly logger: Logger;
  /** Resolves when the caches that the controller reads are filled. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
}

/** Timers cannot wait for a month; looking once a day in between changes nothing. */
const longestWaitMs = 24 * 3_600_000;

/**
 * The one place where an error, a delay or a success means something to the queue: an error brings the key back
 * with growing patience, a success forgets its failures.
 */
export function createController(options: ControllerOptions): Controller {
  const { name, queue, reconcile, workers, ready } = options;
  const logger = options.logger.with({ controller: name });
  const work = async (signal: AbortSignal) => {
    for await (const key of queue.take(signal)) {
      try {
        const result = await reconcile(key, signal);
        queue.forget(key);
        if (result?.requeueAfterMs !== undefined) {
          queue.addAfter(key, Math.min(result.requeueAfterMs, longestWaitMs));
        }
      } catch (err) {
        logger.debug('Reconcile failed', { key, err });
        queue.addRateLimited(key);
      }
    }
  };
  return {
    name,
    async run(signal) {
      await ready(signal);
      await Promise.all(Array.from({ length: workers }, () => work(signal)));
    },
  };
}
