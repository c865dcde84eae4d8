import type { Clock } from '@berth/component-base';
import { createSortedMap } from './sorted-map.ts';
import type { Revision } from './storage.ts';

/** A write whose key vanishes at `expiresAt`, in milliseconds since the epoch, unless it is written again before. */
export interface Mortal {
  readonly key: string;
  readonly revision: Revision;
  readonly expiresAt: number;
}

export interface Expiry {
  add(mortal: Mortal): void;
  close(): void;
}

/** Timers overflow after 24 days; looking again once an hour costs nothing. */
const longestSleepMs = 3_600_000;
const retryMs = 1_000;

/** Calls `expire` for each write when its time has come, and again later should that fail. */
export function createExpiry(clock: Clock, expire: (mortal: Mortal) => Promise<void>): Expiry {
  const queue = createSortedMap<Mortal>();
  let cancel: () => void = () => undefined;
  let wakesAt = Infinity;

  function first(): Mortal | undefined {
    for (const [, mortal] of queue.from('')) return mortal;
    return undefined;
  }
  const add = (mortal: Mortal) => {
    queue.set(orderOf(mortal), mortal);
    if (mortal.expiresAt < wakesAt) arm();
  };
  function arm() {
    cancel();
    const next = first();
    wakesAt = next?.expiresAt ?? Infinity;
    if (!next) return;
    const wait = Math.min(longestSleepMs, Math.max(0, wakesAt - clock.now()));
    cancel = clock.after(wait, fire);
  }
  function fire() {
    const now = clock.now();
    for (let next = first(); next && next.expiresAt <= now; next = first()) {
      const due = next;
      queue.delete(orderOf(due));
      expire(due).catch(() => add({ ...due, expiresAt: clock.now() + retryMs }));
    }
    arm();
  }

  return {
    add,
    close() {
      cancel();
      wakesAt = -Infinity;
    },
  };
}

const orderOf = ({ expiresAt, revision }: Mortal) =>
  `${String(Math.trunc(expiresAt)).padStart(16, '0')}/${revision}`;
