import type { Transport } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

export interface RateLimit {
  /** Requests per second over time. */
  readonly qps: number;
  /** What may go at once after a quiet time. */
  readonly burst: number;
}

/** How long each that comes has to wait, in milliseconds, when they go first come, first served; client-go's token bucket. */
export function createTokenBucket({ qps, burst }: RateLimit, clock: Clock): () => number {
  /** When the bucket is full again if nothing more is taken. */
  let fullAt = 0;
  return () => {
    const now = clock.monotonic();
    fullAt = Math.max(fullAt, now) + 1000 / qps;
    return Math.max(0, fullAt - now - (burst * 1000) / qps);
  };
}

/** Requests wait for their turn. */
export function limitRate(transport: Transport, limit: RateLimit, clock: Clock): Transport {
  const waitMs = createTokenBucket(limit, clock);
  return async (request, signal) => {
    const wait = waitMs();
    if (wait > 0) await sleep(clock, wait, signal);
    signal?.throwIfAborted();
    return transport(request, signal);
  };
}
