import type { Amounts } from '../resources.ts';
import { compareClaims } from './claim-order.ts';
import { createLedger } from './ledger.ts';
import type { Ledger, Obstacle } from './ledger.ts';
import { planReclaim } from './plan-reclaim.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';
import { compareRanks, rankOf } from './turns.ts';
import type { Rank } from './turns.ts';

export interface QueueSnapshot {
  readonly queues: readonly QueueTerms[];
  /** What the cluster has for the claims of all queues together. */
  readonly capacity: Amounts;
  /** Claims that hold what they ask for, those that are about to go included. */
  readonly admitted: readonly Claim[];
  /** Keys of admitted claims that are about to go. */
  readonly leaving: ReadonlySet<string>;
  readonly waiting: readonly Claim[];
}

export interface AdmissionPlan {
  /** In the order in which they are admitted. */
  readonly admit: readonly Claim[];
  /** What has to go, so that a queue gets its due. */
  readonly reclaim: readonly Claim[];
  /** Why the others wait, by their key. */
  readonly waiting: ReadonlyMap<string, Obstacle>;
}

/**
 * One cycle of weighted dominant resource fairness: of the queues with claims that wait, the one goes first that stays
 * within its nominal quota, then the one with the lowest share, then the higher priority, then who came first, until
 * no claim fits. What fits goes before what is larger and does not, within a queue too; but a claim that waits for
 * others to leave keeps the place that they make. Nothing is admitted that would take a queue over its limit, its
 * cohort over the sum of its quotas or the cluster over its capacity.
 */
export function planAdmission(snapshot: QueueSnapshot): AdmissionPlan {
  const { queues, capacity, admitted, leaving } = snapshot;
  /** Who holds what at this moment. */
  const now = createLedger(queues, capacity);
  for (const claim of admitted) now.take(claim);
  /** The same when everybody has left who must, and everybody has what is kept for them. */
  const due = createLedger(queues, capacity);
  let staying = admitted.filter(({ key }) => !leaving.has(key));
  for (const claim of staying) due.take(claim);

  const admit: Claim[] = [];
  const reclaim: Claim[] = [];
  const waiting = new Map<string, Obstacle>();
  const lines = linesOf(snapshot, due);

  for (let line = firstOf(lines); line; line = firstOf(lines)) {
    const claim = line.claims[line.next]!;
    line.next += 1;
    const obstacle = due.obstacle(claim) ?? now.obstacle(claim);
    if (!obstacle) {
      admit.push(claim);
      now.take(claim);
      due.take(claim);
      rank(line, due);
      continue;
    }
    waiting.set(claim.key, obstacle);
    const victims = planReclaim(claim, queues, staying, due);
    if (!victims) {
      rank(line, due);
      continue;
    }
    for (const victim of victims) due.giveBack(victim);
    due.take(claim);
    reclaim.push(...victims);
    staying = staying.filter((other) => !victims.includes(other));
    for (const each of lines) rank(each, due);
  }
  return { admit, reclaim, waiting };
}

/** The claims of a queue in their order. */
interface Line {
  readonly queue: string;
  readonly claims: readonly Claim[];
  next: number;
  rank: Rank;
}

function linesOf({ queues, waiting }: QueueSnapshot, ledger: Ledger): readonly Line[] {
  const byQueue = new Map<string, Claim[]>(queues.map(({ name }) => [name, []]));
  for (const claim of waiting) byQueue.get(claim.queue)?.push(claim);
  return queues.map(({ name }) => {
    const claims = (byQueue.get(name) ?? []).sort(compareClaims);
    const line: Line = { queue: name, claims, next: 0, rank: { isBorrowing: false, share: 0 } };
    rank(line, ledger);
    return line;
  });
}

/** Where the line stands among the others follows from what its queue has and from its next claim. */
function rank(line: Line, ledger: Ledger): void {
  const claim = line.claims[line.next];
  if (claim) line.rank = rankOf(claim, ledger);
}

function firstOf(lines: readonly Line[]): Line | undefined {
  let first: Line | undefined;
  for (const line of lines) {
    if (line.next < line.claims.length && (!first || compareLines(line, first) < 0)) first = line;
  }
  return first;
}

function compareLines(a: Line, b: Line): number {
  return compareRanks(a.rank, b.rank) || compareClaims(a.claims[a.next]!, b.claims[b.next]!);
}
