import type { Job } from '@berth/api';
import { finishedCondition } from '../job/plan.ts';

/** When a job is to be deleted, in ms since the epoch; undefined while it is not over, or when it may stay. */
export function expiresAt(job: Job): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  const finished = finishedCondition(job)?.lastTransitionTime;
  if (ttlSecondsAfterFinished === undefined || !finished || job.metadata.deletionTimestamp) {
    return undefined;
  }
  return Date.parse(finished) + ttlSecondsAfterFinished * 1000;
}
