import type { Amounts } from '../resources.ts';
import { dominantShare } from './dominant-share.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';
import { createSums } from './sums.ts';
import type { Sums } from './sums.ts';

/** What stands in the way of a claim. */
export type Obstacle =
  /** There is no such queue. */
  | { readonly kind: 'unknown' }
  /** The queue itself may not have more, its cohort has lent everything, or the cluster has no more. */
  | ({ readonly kind: 'limit' | 'cohort' | 'capacity' } & Shortage);

interface Shortage {
  readonly resource: string;
  readonly requested: number;
  readonly used: number;
  readonly limit: number;
}

/** Who has how much. */
export interface Ledger {
  take(claim: Claim): void;
  giveBack(claim: Claim): void;
  /** The first thing in the way of the claim, quotas before capacity; undefined when it may be admitted. */
  obstacle(claim: Claim): Obstacle | undefined;
  /** The same as far as quotas go. */
  quotaObstacle(claim: Claim): Obstacle | undefined;
  /** With the claim the queue has no more than its nominal quota. */
  isWithinNominal(claim: Claim): boolean;
  /** The queue has more than its nominal quota of something. */
  isBorrowing(queue: string): boolean;
  used(queue: string): Amounts;
  share(queue: string): number;
}

/** Claims of queues that `queues` does not know are not counted; the cluster is taken as large as `capacity` is by then. */
export function createLedger(queues: readonly QueueTerms[], capacity: Amounts): Ledger {
  const terms = new Map(queues.map((queue) => [queue.name, queue]));
  const used = new Map(queues.map(({ name }) => [name, createSums()]));
  const cohorts = new Map<string, { readonly nominal: Sums; readonly used: Sums }>();
  const total = createSums();
  for (const { cohort, nominal } of queues) {
    if (cohort === undefined) continue;
    const sums = cohorts.get(cohort) ?? { nominal: createSums(), used: createSums() };
    cohorts.set(cohort, sums);
    sums.nominal.add(nominal);
  }

  const count = ({ queue, requests }: Claim, sign: 1 | -1) => {
    const own = terms.get(queue);
    if (!own) return;
    used.get(queue)?.add(requests, sign);
    total.add(requests, sign);
    if (own.cohort !== undefined) cohorts.get(own.cohort)?.used.add(quotaed(requests, own), sign);
  };
  const usedBy = (queue: string, resource: string) => used.get(queue)?.of(resource) ?? 0;

  const quotaObstacle = ({ queue, requests }: Claim): Obstacle | undefined => {
    const own = terms.get(queue);
    if (!own) return { kind: 'unknown' };
    const cohort = own.cohort === undefined ? undefined : cohorts.get(own.cohort);
    for (const [resource, requested] of requests) {
      if (requested <= 0 || !own.nominal.has(resource)) continue;
      const limit = limitOf(own, resource);
      const used = usedBy(queue, resource);
      if (used + requested > limit) return { kind: 'limit', resource, requested, used, limit };
      if (!cohort) continue;
      const lent = cohort.used.of(resource);
      const all = cohort.nominal.of(resource);
      if (lent + requested > all)
        return { kind: 'cohort', resource, requested, used: lent, limit: all };
    }
    return undefined;
  };
  const shortage = ({ requests }: Claim): Obstacle | undefined => {
    for (const [resource, requested] of requests) {
      const used = total.of(resource);
      const limit = capacity.get(resource) ?? 0;
      if (requested > 0 && used + requested > limit)
        return { kind: 'capacity', resource, requested, used, limit };
    }
    return undefined;
  };

  return {
    take: (claim) => count(claim, 1),
    giveBack: (claim) => count(claim, -1),
    obstacle: (claim) => quotaObstacle(claim) ?? shortage(claim),
    quotaObstacle,
    isWithinNominal({ queue, requests }) {
      const own = terms.get(queue);
      if (!own) return false;
      return [...requests].every(
        ([resource, amount]) =>
          amount <= 0 ||
          usedBy(queue, resource) + amount <= (own.nominal.get(resource) ?? Infinity),
      );
    },
    isBorrowing(queue) {
      const own = terms.get(queue);
      return [...(own?.nominal ?? [])].some(
        ([resource, amount]) => usedBy(queue, resource) > amount,
      );
    },
    used: (queue) => used.get(queue)?.amounts ?? new Map(),
    share(queue) {
      const own = terms.get(queue);
      return own ? dominantShare(used.get(queue)?.amounts ?? new Map(), capacity, own.weight) : 0;
    },
  };
}

/** What the queue can have of a resource that it has quota of, however much the others leave. */
function limitOf({ cohort, nominal, borrowingLimit }: QueueTerms, resource: string): number {
  const own = nominal.get(resource) ?? 0;
  return cohort === undefined ? own : own + (borrowingLimit.get(resource) ?? Infinity);
}

/** Only what a queue has quota of comes from the cohort. */
const quotaed = (requests: Amounts, { nominal }: QueueTerms): Amounts =>
  new Map([...requests].filter(([resource]) => nominal.has(resource)));
