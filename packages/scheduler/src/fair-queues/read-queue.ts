import type { Queue } from '@berth/api';
import { amountsOf } from '../resources.ts';
import type { QueueTerms } from './queue-terms.ts';

/** What a Queue object says its pods are entitled to. */
export function readQueue({ metadata, spec }: Queue): QueueTerms {
  const { weight = 1, cohort, nominalQuota, borrowingLimit, preemption } = spec;
  return {
    name: metadata.name,
    weight,
    ...(cohort !== undefined && { cohort }),
    nominal: amountsOf(nominalQuota),
    borrowingLimit: amountsOf(borrowingLimit),
    reclaimWithinCohort: preemption?.reclaimWithinCohort ?? 'Any',
    withinQueue: preemption?.withinQueue ?? 'Never',
  };
}

/** What holds of a queue while there is no object of its name. */
export const impliedQueue = (name: string): QueueTerms => ({
  name,
  weight: 1,
  nominal: amountsOf(undefined),
  borrowingLimit: amountsOf(undefined),
  reclaimWithinCohort: 'Any',
  withinQueue: 'Never',
});
