import { leastFirst } from './claim-order.ts';
import type { Ledger } from './ledger.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';

/**
 * Which admitted claims have to go so that `claim` can be admitted: first those of its own queue that matter less, then
 * those of queues of the cohort that have more than their nominal quota, the one with the highest share first, in each
 * the lowest priority and the youngest first. Nobody goes who need not, and no queue is brought below its nominal quota.
 * Undefined when nothing of it would help. The ledger is left as it was.
 */
export function planReclaim(
  claim: Claim,
  queues: readonly QueueTerms[],
  admitted: readonly Claim[],
  ledger: Ledger,
): readonly Claim[] | undefined {
  const own = queues.find(({ name }) => name === claim.queue);
  if (!own) return undefined;
  const gone: Claim[] = [];
  const evict = (victim: Claim) => {
    ledger.giveBack(victim);
    gone.push(victim);
  };
  const fits = () => ledger.obstacle(claim) === undefined;
  try {
    if (own.withinQueue === 'LowerPriority') {
      const lesser = admitted.filter((c) => c.queue === own.name && c.priority < claim.priority);
      for (const victim of lesser.sort(leastFirst)) {
        if (fits() || ledger.obstacle(claim)?.kind === 'capacity') break;
        evict(victim);
      }
    }
    // Only its due can be taken back from others; what it would borrow itself is no due.
    if (!fits() && own.cohort !== undefined && ledger.isWithinNominal(claim))
      reclaimFromCohort(own, own.cohort);
    if (!fits()) return undefined;
    const needed = gone.filter((victim) => {
      ledger.take(victim);
      if (fits()) return false;
      ledger.giveBack(victim);
      return true;
    });
    gone.splice(0, gone.length, ...needed);
    return needed;
  } finally {
    for (const victim of gone) ledger.take(victim);
  }

  function reclaimFromCohort({ reclaimWithinCohort }: QueueTerms, cohort: string): void {
    if (reclaimWithinCohort === 'Never') return;
    const left = new Map(
      queues
        .filter((queue) => queue.cohort === cohort && queue.name !== claim.queue)
        .map(({ name }) => [
          name,
          admitted
            .filter((c) => c.queue === name)
            .filter((c) => reclaimWithinCohort === 'Any' || c.priority < claim.priority)
            .sort(leastFirst),
        ]),
    );
    while (!fits()) {
      const [from] = [...left]
        .filter(([name, claims]) => claims.length > 0 && ledger.isBorrowing(name))
        .sort(([a], [b]) => ledger.share(b) - ledger.share(a) || (a < b ? -1 : 1));
      const victim = from?.[1].shift();
      if (!victim) return;
      evict(victim);
    }
  }
}
