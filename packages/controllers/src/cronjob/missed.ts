import type { CronJob } from '@berth/api';
import { nextTime } from './next-time.ts';
import type { Schedule } from './next-time.ts';

/** The last time that is due, if one is. */
export interface Due {
  readonly at: number | undefined;
  /** More than a hundred times went by: the clock is wrong, or nobody looked for long. */
  readonly isManyMissed: boolean;
}

/**
 * The latest time up to `now` that the schedule names and that has not been served. Only the last one of several that were missed is
 * made up for.
 */
export function lastDue(
  { metadata, spec, status }: CronJob,
  schedule: Schedule,
  timeZone: string,
  now: number,
): Due {
  const since = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
  const { startingDeadlineSeconds } = spec;
  const earliest =
    startingDeadlineSeconds === undefined
      ? since
      : Math.max(since, now - startingDeadlineSeconds * 1000);
  const next = (after: number) => nextTime(schedule, after, timeZone) ?? Infinity;
  const first = next(earliest);
  if (now < first) return { at: undefined, isManyMissed: false };
  const second = next(first);
  if (now < second) return { at: first, isManyMissed: false };
  // Counted in steps of the first interval, which is near enough to tell many from few.
  const interval = Math.max(1000, second - first);
  const missed = Math.floor((now - first) / interval) + 1;
  let at = first;
  for (let t = next(first + (missed - 2) * interval); t <= now; t = next(t)) at = t;
  return { at, isManyMissed: missed > 100 };
}
