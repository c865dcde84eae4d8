import type { Revision } from '../storage.ts';

/** Those who wait for a revision. */
export interface Milestones {
  /** Resolves once `reached` has been called with `revision` or more; rejects when the signal aborts before. */
  wait(revision: Revision, signal: AbortSignal): Promise<void>;
  reached(revision: Revision): void;
  /** Lets everyone who waits, and who will, fail with `error`. */
  end(error: Error): void;
  /** The revisions that somebody waits for. */
  ahead(): ReadonlySet<Revision>;
}

interface Waiter {
  readonly revision: Revision;
  readonly settle: (error?: Error) => void;
}

export function createMilestones(): Milestones {
  const waiters = new Set<Waiter>();
  let ended: Error | undefined;
  return {
    async wait(revision, signal) {
      if (ended) throw ended;
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          revision,
          settle(error) {
            waiters.delete(waiter);
            signal.removeEventListener('abort', stop);
            if (error) reject(error);
            else resolve();
          },
        };
        const stop = () => waiter.settle(signal.reason as Error);
        waiters.add(waiter);
        signal.addEventListener('abort', stop);
      });
    },
    reached(revision) {
      for (const waiter of waiters) if (waiter.revision <= revision) waiter.settle();
    },
    end(error) {
      ended = error;
      for (const waiter of waiters) waiter.settle(error);
    },
    ahead: () => new Set([...waiters].map(({ revision }) => revision)),
  };
}
