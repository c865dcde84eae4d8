export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** Part of the wait that is drawn at random, 0 to 1. */
  readonly jitter?: number;
}

/** How long to wait before attempt `attempt` (0 is the first retry): doubling up to a bound, less a random part. */
export function backoff(
  attempt: number,
  { initialMs, maxMs, jitter = 0 }: BackoffOptions,
  random: () => number,
): number {
  const full = Math.min(maxMs, initialMs * 2 ** Math.min(attempt, 40));
  return full * (1 - jitter * random());
}
