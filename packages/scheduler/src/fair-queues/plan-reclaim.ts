import { leastFirst } from './claim-order.ts';
import type { Ledger } from './ledger.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';

/** Claims that can only go together have the same text; undefined for one that can go by itself. */
export type Together = (claim: Claim) => string | undefined;

/** Claims that go together, the most important first. */
type Unit = readonly [Claim, ...Claim[]];

/**
 * Which admitted claims have to go so that `claim` can be admitted: first those of its own queue that matter less, then
 * those of queues of the cohort that have more than their nominal quota, the one with the highest share first, in each
 * the lowest priority and the youngest first. Nobody goes who need not, and no queue is brought below its nominal quota.
 * Undefined when nothing of it would help. Claims that go together all go or all stay: such as these count as what matters
 * most of them, and may have more leave than is owed. The ledger is left as it was.
 */
export function planReclaim(
  claim: Claim,
  queues: readonly QueueTerms[],
  admitted: readonly Claim[],
  ledger: Ledger,
  together: Together = () => undefined,
): readonly Claim[] | undefined {
  const own = queues.find(({ name }) => name === claim.queue);
  if (!own) return undefined;
  const units = unitsOf(admitted, together);
  const gone = new Set<Unit>();
  const evict = (unit: Unit) => {
    if (gone.has(unit)) return;
    for (const victim of unit) ledger.giveBack(victim);
    gone.add(unit);
  };
  /** Those with a claim of the queue, in the order in which they go, as far as they matter no more than they may. */
  const candidates = (queue: string, isAny: boolean): Unit[] =>
    units
      .filter((unit) => unit.some((victim) => victim.queue === queue))
      .filter(([most]) => isAny || most.priority < claim.priority)
      .sort(([a], [b]) => leastFirst(a, b));
  const fits = () => ledger.obstacle(claim) === undefined;
  try {
    if (own.withinQueue === 'LowerPriority') {
      for (const unit of candidates(own.name, false)) {
        if (fits() || ledger.obstacle(claim)?.kind === 'capacity') break;
        evict(unit);
      }
    }
    // Only its due can be taken back from others; what it would borrow itself is no due.
    if (!fits() && own.cohort !== undefined && ledger.isWithinNominal(claim))
      reclaimFromCohort(own, own.cohort);
    if (!fits()) return undefined;
    for (const unit of [...gone]) {
      for (const victim of unit) ledger.take(victim);
      if (fits()) gone.delete(unit);
      else for (const victim of unit) ledger.giveBack(victim);
    }
    return [...gone].flat();
  } finally {
    for (const victim of [...gone].flat()) ledger.take(victim);
  }

  function reclaimFromCohort({ reclaimWithinCohort }: QueueTerms, cohort: string): void {
    if (reclaimWithinCohort === 'Never') return;
    const left = new Map(
      queues
        .filter((queue) => queue.cohort === cohort && queue.name !== claim.queue)
        .map(({ name }) => [name, candidates(name, reclaimWithinCohort === 'Any')]),
    );
    while (!fits()) {
      const [from] = [...left]
        .filter(([name, left]) => left.length > 0 && ledger.isBorrowing(name))
        .sort(([a], [b]) => ledger.share(b) - ledger.share(a) || (a < b ? -1 : 1));
      const unit = from?.[1].shift();
      if (!unit) return;
      evict(unit);
    }
  }
}

function unitsOf(claims: readonly Claim[], together: Together): readonly Unit[] {
  const units: [Claim, ...Claim[]][] = [];
  const known = new Map<string, [Claim, ...Claim[]]>();
  for (const claim of claims) {
    const id = together(claim);
    const unit = id === undefined ? undefined : known.get(id);
    if (unit) {
      unit.push(claim);
      continue;
    }
    const own: [Claim, ...Claim[]] = [claim];
    units.push(own);
    if (id !== undefined) known.set(id, own);
  }
  for (const unit of units) if (unit.length > 1) unit.sort((a, b) => leastFirst(b, a));
  return units;
}
