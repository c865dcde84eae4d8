import { backoff } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { Workqueue } from './workqueue.ts';

export interface WorkqueueOptions {
  readonly clock: Clock;
  /** First and longest wait of `addRateLimited`; upstream's controllers use 5 ms and 1000 s. */
  readonly initialMs?: number;
  readonly maxMs?: number;
  readonly random?: () => number;
}

/** Three sets: waiting, in work (`active`), and added again while in work (`dirty`). */
export function createWorkqueue<K>(options: WorkqueueOptions): Workqueue<K> {
  const { clock, initialMs = 5, maxMs = 1_000_000, random = () => 0 } = options;
  const waiting = new Set<K>();
  const active = new Set<K>();
  const dirty = new Set<K>();
  const delayed = new Map<K, { readonly at: number; readonly cancel: () => void }>();
  const failures = new Map<K, number>();
  const sleepers: (() => void)[] = [];
  let isOver = false;

  const add = (key: K) => {
    if (active.has(key)) dirty.add(key);
    else waiting.add(key);
    sleepers.shift()?.();
  };
  const addAfter = (key: K, ms: number) => {
    if (ms <= 0) return add(key);
    if (isOver) return;
    const at = clock.now() + ms;
    const planned = delayed.get(key);
    if (planned && planned.at <= at) return;
    planned?.cancel();
    const cancel = clock.after(ms, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { at, cancel });
  };
  const done = (key: K) => {
    active.delete(key);
    if (dirty.delete(key)) add(key);
  };

  return {
    add,
    addAfter,
    addRateLimited(key) {
      const attempt = failures.get(key) ?? 0;
      failures.set(key, attempt + 1);
      addAfter(key, backoff(attempt, { initialMs, maxMs, jitter: 0.1 }, random));
    },
    forget: (key) => void failures.delete(key),
    requeues: (key) => failures.get(key) ?? 0,
    depth: () => waiting.size,
    async *take(signal) {
      const end = () => {
        isOver = true;
        for (const { cancel } of delayed.values()) cancel();
        delayed.clear();
        sleepers.splice(0).forEach((wake) => wake());
      };
      isOver = signal.aborted;
      signal.addEventListener('abort', end);
      try {
        while (!signal.aborted) {
          const [key] = waiting;
          if (key === undefined) {
            await new Promise<void>((wake) => sleepers.push(wake));
            continue;
          }
          waiting.delete(key);
          active.add(key);
          try {
            yield key;
          } finally {
            done(key);
          }
        }
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
  };
}
