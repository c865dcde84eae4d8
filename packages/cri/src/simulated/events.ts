import type { ContainerEvent } from '../cri.ts';

/** Tells everyone who listens what happened to containers. */
export interface EventBroadcast {
  emit(event: ContainerEvent): void;
  /** From now on, until the signal aborts. A listener that falls far behind is cut off and looks anew. */
  listen(signal: AbortSignal): AsyncIterable<ContainerEvent>;
}

const maxBehind = 10_000;

export function createEventBroadcast(): EventBroadcast {
  const listeners = new Set<(event: ContainerEvent) => void>();
  return {
    emit(event) {
      for (const listener of listeners) listener(event);
    },
    async *listen(signal) {
      const waiting: ContainerEvent[] = [];
      let wake = () => {};
      const listener = (event: ContainerEvent) => {
        waiting.push(event);
        if (waiting.length > maxBehind) listeners.delete(listener);
        wake();
      };
      const aborted = () => wake();
      signal.addEventListener('abort', aborted);
      listeners.add(listener);
      try {
        while (!signal.aborted && listeners.has(listener)) {
          yield* waiting.splice(0);
          if (waiting.length > 0) continue;
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (signal.aborted) resolve();
          });
        }
      } finally {
        listeners.delete(listener);
        signal.removeEventListener('abort', aborted);
      }
    },
  };
}
