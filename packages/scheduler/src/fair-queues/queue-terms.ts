import type { Amounts } from '../resources.ts';

/** Whose pods may have to go for a pod of this queue. */
type Reclaim =
  /** Nobody's. */
  | 'Never'
  /** Those of lower priority. */
  | 'LowerPriority'
  /** Any. */
  | 'Any';

/** What a queue is entitled to. A resource that `nominal` does not name is not limited by the queue. */
export interface QueueTerms {
  readonly name: string;
  /** More than 0; a queue of weight 2 gets twice what one of weight 1 gets. */
  readonly weight: number;
  /** Queues of one cohort lend each other what they do not use; a queue without one borrows nothing. */
  readonly cohort?: string;
  readonly nominal: Amounts;
  /** How much above `nominal` it may go; resources that are missing here are bound by the cohort alone. */
  readonly borrowingLimit: Amounts;
  /** Whose pods go when the queue wants its nominal quota back from the cohort. */
  readonly reclaimWithinCohort: Reclaim;
  /** Whose pods of the same queue go when it is at its limit. */
  readonly withinQueue: 'Never' | 'LowerPriority';
}

/** What is admitted or refused as a whole: a pod, or the pods of a gang. */
export interface Claim {
  /** Unique among all claims. */
  readonly key: string;
  readonly queue: string;
  readonly priority: number;
  /** When it came, in ms. */
  readonly since: number;
  readonly requests: Amounts;
}
