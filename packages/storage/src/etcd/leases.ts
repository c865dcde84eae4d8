import type { Clock } from '@berth/component-base';

/** Leases that let keys vanish, shared by keys that are written about the same time. */
export interface Leases {
  /** A lease that lives for at least `ttlSeconds` from now on. */
  leaseFor(ttlSeconds: number): Promise<string>;
  /** Never gives this lease again. */
  forget(lease: string): void;
}

interface Shared {
  readonly lease: Promise<string>;
  readonly until: number;
  left: number;
  id?: string;
}

/** A key may live longer than asked by this part of its time, and by no more than a minute. */
const slack = 0.05;
const mostSlackSeconds = 60;
/** Keys of one lease vanish in one transaction, which should not grow too large. */
const keysPerLease = 1_000;

export function createLeases(clock: Clock, grant: (ttlSeconds: number) => Promise<string>): Leases {
  const shared = new Map<number, Shared>();

  function renew(ttlSeconds: number): Shared {
    const extra = Math.min(mostSlackSeconds, ttlSeconds * slack);
    const lease = grant(Math.ceil(ttlSeconds + extra));
    const fresh: Shared = { lease, until: clock.now() + extra * 1000, left: keysPerLease };
    shared.set(ttlSeconds, fresh);
    lease.then(
      (id) => (fresh.id = id),
      () => {
        if (shared.get(ttlSeconds) === fresh) shared.delete(ttlSeconds);
      },
    );
    return fresh;
  }

  return {
    async leaseFor(ttlSeconds) {
      const known = shared.get(ttlSeconds);
      const usable = known && known.left > 0 && clock.now() <= known.until;
      const chosen = usable ? known : renew(ttlSeconds);
      chosen.left -= 1;
      return chosen.lease;
    },
    forget(lease) {
      for (const [ttl, { id }] of shared) if (id === lease) shared.delete(ttl);
    },
  };
}
