import type { Transport } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

export interface RateLimit {
  /** Requests per second over time. */
  readonly qps: number;
  /** What may go at once after a quiet time. */
  readonly burst: number;
}

/** Requests wait for their turn, first come, first served; client-go's token bucket. */
export function limitRate(
  transport: Transport,
  { qps, burst }: RateLimit,
  clock: Clock,
): Transport {
  /** When the bucket is full again if nothing more is taken. */
  let fullAt = 0;
  return async (request, signal) => {
    const now = clock.monotonic();
    fullAt = Math.max(fullAt, now) + 1000 / qps;
    const waitMs = fullAt - now - (burst * 1000) / qps;
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    signal?.throwIfAborted();
    return transport(request, signal);
  };
}
