import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import { unitKeyOf } from '../gangs/disruption-units.ts';
import type { GroupOf } from '../gangs/disruption-units.ts';
import { winsOver } from '../engine/lot.ts';
import { simulate } from '../engine/simulate.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { readBudgets } from '../preemption/budgets.ts';
import { compareCosts, costOf, findEviction } from '../preemption/eviction.ts';
import type { Cost, Eviction } from '../preemption/eviction.ts';
import { byImportance } from '../preemption/importance.ts';
import type { Books } from './books.ts';
import { leastFirst } from './claim-order.ts';
import type { Ledger } from './ledger.ts';
import { planReclaim } from './plan-reclaim.ts';
import type { Together } from './plan-reclaim.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';

export interface QueueRoomOptions {
  readonly state: ClusterState;
  readonly engine: Pick<Engine, 'decide' | 'judge'>;
  readonly books: Pick<Books, 'queues' | 'queue' | 'admitted' | 'without'>;
  readonly groupOf: GroupOf;
}

/** Where a pod of a queue can go once others have left. */
export interface QueueRoom {
  readonly nodeName: string;
  /** Keys of the pods that have to be told to leave; others may be leaving already. */
  readonly victims: readonly string[];
}

/** Nodes that are looked at for victims; upstream's preemption looks at no more of a large cluster. */
const mostCandidates = 100;

/**
 * Who has to leave so that the pod gets what its queue is due, and a node: as few as the quotas ask for when a node takes
 * the pod without those, otherwise pods of one node whose queues have more than is theirs, and as many elsewhere as the
 * quotas ask for beyond. Pods of a group that is disrupted as a whole leave together. Undefined when nothing of it would
 * help. The state and the books stay as they are.
 */
export function planQueueRoom(
  pod: PodInfo,
  claim: Claim,
  options: QueueRoomOptions,
): QueueRoom | undefined {
  const { state, engine, books, groupOf } = options;
  const own = books.queue(claim.queue);
  if (!own) return undefined;
  const together: Together = ({ key }) => {
    const info = state.placementOf(key)?.pod;
    return info && unitKeyOf(groupOf(info));
  };
  return books.without(claim, (ledger) => {
    const due = quotasOf(ledger);
    if (!mayTake(claim, own, books.queues, due)) return undefined;
    const staying = books.admitted('staying');
    const owed = planReclaim(claim, books.queues, staying, due, together);
    if (!owed) return undefined;
    return simulate(state, (changes) => {
      for (const { key } of books.admitted('leaving')) changes.remove(key);
      const decision = simulate(state, (more) => {
        for (const { key } of owed) more.remove(key);
        return engine.decide(pod);
      });
      if (decision.kind === 'bind')
        return { nodeName: decision.nodeName, victims: owed.map(({ key }) => key) };
      const byKey = new Map(staying.map((each) => [each.key, each]));
      return planOnNodes(pod, claim, own, { ...options, due, staying: byKey, together });
    });
  });
}

/** Whether there is anybody who might have to leave for the claim. */
const mayTake = (claim: Claim, own: QueueTerms, queues: readonly QueueTerms[], due: Ledger) =>
  own.withinQueue !== 'Never' ||
  (own.cohort !== undefined &&
    own.reclaimWithinCohort !== 'Never' &&
    due.isWithinNominal(claim) &&
    queues.some(
      ({ name, cohort }) => cohort === own.cohort && name !== own.name && due.isBorrowing(name),
    ));

interface NodeOptions extends QueueRoomOptions {
  readonly due: Ledger;
  readonly staying: ReadonlyMap<string, Claim>;
  readonly together: Together;
}

interface Candidate {
  readonly node: NodeInfo;
  readonly cost: Cost;
  readonly victims: readonly string[];
}

function planOnNodes(
  pod: PodInfo,
  claim: Claim,
  own: QueueTerms,
  options: NodeOptions,
): QueueRoom | undefined {
  const { state } = options;
  let best: Candidate | undefined;
  let seen = 0;
  for (const node of state.nodes()) {
    const found = planOnNode(pod, claim, own, node, options);
    if (!found) continue;
    seen += 1;
    if (!best || compareCandidates(found, best) < 0) best = found;
    if (seen === mostCandidates) break;
  }
  return best && { nodeName: best.node.name, victims: best.victims };
}

function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    compareCosts(a.cost, b.cost) ||
    a.victims.length - b.victims.length ||
    (winsOver(a.node, b.node) ? -1 : 1)
  );
}

function planOnNode(
  pod: PodInfo,
  claim: Claim,
  own: QueueTerms,
  node: NodeInfo,
  options: NodeOptions,
): Candidate | undefined {
  const { state, engine, books, due, staying, together } = options;
  const gone = removableFrom(node, claim, own, { books, due, staying });
  try {
    if (gone.size === 0) return undefined;
    const eviction = evictionOn(pod, node, [...gone.keys()], { state, engine });
    if (!eviction) return undefined;
    const victims = new Set(eviction.victims);
    for (const [info, each] of gone) {
      if (victims.has(info)) continue;
      due.take(each);
      gone.delete(info);
    }
    for (const [info, each] of withThem([...gone.values()], options)) {
      if (gone.has(info)) continue;
      due.giveBack(each);
      gone.set(info, each);
    }
    const left = new Set(gone.values());
    const rest = [...staying.values()].filter((each) => !left.has(each));
    const elsewhere = planReclaim(claim, books.queues, rest, due, together);
    if (!elsewhere) return undefined;
    const keys = [...left, ...elsewhere].map(({ key }) => key);
    const isAlone = gone.size === eviction.victims.length;
    const cost = isAlone ? eviction.cost : costOf(byImportance(gone.keys()), eviction.violations);
    return { node, cost, victims: keys };
  } finally {
    for (const each of gone.values()) due.take(each);
  }
}

/** All that go with these claims, wherever they are, those of other queues among them. */
function* withThem(
  claims: readonly Claim[],
  { state, staying, together }: Pick<NodeOptions, 'state' | 'staying' | 'together'>,
): Iterable<readonly [PodInfo, Claim]> {
  const units = new Set(claims.map(together));
  units.delete(undefined);
  if (units.size === 0) return;
  for (const each of staying.values()) {
    const info = units.has(together(each)) ? state.placementOf(each.key)?.pod : undefined;
    if (info) yield [info, each];
  }
}

/** Those of the node whose queues have more than is theirs, for as long as they do; they have given it back in the ledger. */
function removableFrom(
  node: NodeInfo,
  claim: Claim,
  own: QueueTerms,
  { books, due, staying }: Pick<NodeOptions, 'books' | 'due' | 'staying'>,
): Map<PodInfo, Claim> {
  const gone = new Map<PodInfo, Claim>();
  const here = node.pods
    .flatMap((info) => {
      const each = staying.get(info.key);
      return each ? [{ info, each }] : [];
    })
    .sort((a, b) => leastFirst(a.each, b.each));
  const isDue = due.isWithinNominal(claim);
  for (const { info, each } of here) {
    const isLesser = each.priority < claim.priority;
    const mayGo =
      each.queue === claim.queue
        ? own.withinQueue === 'LowerPriority' && isLesser
        : isDue &&
          own.cohort !== undefined &&
          books.queue(each.queue)?.cohort === own.cohort &&
          (own.reclaimWithinCohort === 'Any' ||
            (own.reclaimWithinCohort === 'LowerPriority' && isLesser)) &&
          due.isBorrowing(each.queue);
    if (!mayGo) continue;
    due.giveBack(each);
    gone.set(info, each);
  }
  return gone;
}

function evictionOn(
  pod: PodInfo,
  node: NodeInfo,
  removable: readonly PodInfo[],
  { state, engine }: Pick<QueueRoomOptions, 'state' | 'engine'>,
): Eviction | undefined {
  const outcome = simulate(state, ({ place, remove }) => {
    for (const { key } of removable) remove(key);
    return findEviction(removable, readBudgets(state.objects), {
      verdict: () => engine.judge(pod, node).verdict,
      putBack: (other) => place(other, node.name),
      takeOff: ({ key }) => remove(key),
    });
  });
  return 'victims' in outcome ? outcome : undefined;
}

/** Whether there is room is the nodes' to say. */
const quotasOf = (ledger: Ledger): Ledger => ({ ...ledger, obstacle: ledger.quotaObstacle });
