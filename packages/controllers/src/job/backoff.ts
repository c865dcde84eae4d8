import type { Pod } from '@berth/api';
import { finishedAt } from './job-pods.ts';

/** How a job has fared lately. */
export interface Backoff {
  /** Failures since the last success. */
  readonly failures: number;
  /** ms since the epoch. */
  readonly lastFailureAt: number;
}

export const noBackoff: Backoff = { failures: 0, lastFailureAt: 0 };

const firstMs = 10_000;
const longestMs = 10 * 60_000;

/** What the ends of more pods make of it, in the order in which they came. */
export function nextBackoff(
  before: Backoff,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): Backoff {
  const ends = [
    ...succeeded.map((pod) => ({ at: finishedAt(pod), isGood: true })),
    ...failed.map((pod) => ({ at: finishedAt(pod), isGood: false })),
  ].sort((a, b) => a.at - b.at);
  return ends.reduce<Backoff>(
    ({ failures, lastFailureAt }, { at, isGood }) =>
      isGood ? noBackoff : { failures: failures + 1, lastFailureAt: Math.max(lastFailureAt, at) },
    before,
  );
}

/** How long to wait before the next pod, in ms: ten seconds after the first failure, and twice as long after each further one. */
export const backoffLeft = ({ failures, lastFailureAt }: Backoff, now: number): number =>
  failures === 0
    ? 0
    : Math.max(0, lastFailureAt + Math.min(longestMs, firstMs * 2 ** (failures - 1)) - now);
