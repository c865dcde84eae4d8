import { isDeepEqual } from '@berth/api';
import type { Queue } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { Heap, HeapItem } from '../heap.ts';
import type { Hold } from '../holds.ts';
import type { PodInfo } from '../pod-info.ts';
import { createBooks } from './books.ts';
import type { Books } from './books.ts';
import { compareClaims } from './claim-order.ts';
import type { Claims } from './claims.ts';
import { countingState } from './counting-state.ts';
import { createHeldPods } from './held-pods.ts';
import { obstacleText } from './obstacle-text.ts';
import type { Claim } from './queue-terms.ts';
import { impliedQueue, readQueue } from './read-queue.ts';
import { compareRanks, createTurns, rankOf } from './turns.ts';
import type { Rank } from './turns.ts';

export interface FairQueuesOptions {
  readonly claims: Claims;
  /** A pod is held no longer; says whether nothing else keeps it from being tried. `event`: what let it go, for metrics. */
  readonly letGo: (key: string, event: string) => boolean;
  /** Called when it changed how a queue stands. */
  readonly onChange: () => void;
}

/** How a queue stands. */
export interface Standing {
  readonly queue: Queue;
  readonly allocated: ReadonlyMap<string, number>;
  readonly share: number;
  readonly admittedPods: number;
  readonly pendingPods: number;
}

/**
 * Holds pods back whose queues have what they are entitled to, and lets them go when that changes: of those that share
 * quotas the first that is free, and the next when that one was decided about.
 */
export interface FairQueues extends Hold {
  readonly books: Books;
  setQueue(queue: Queue): void;
  removeQueue(queue: Queue): void;
  /** The state under which what is placed counts for its queue. */
  counting(state: ClusterState): ClusterState;
  /** For the pods to be tried next, in the order in which it is their queues' turn. */
  turns<T extends HeapItem & { readonly info: PodInfo }>(isAhead: (a: T, b: T) => boolean): Heap<T>;
  /** Whose turn has to come for the pod; undefined for one that belongs to no queue. */
  turnOf(pod: PodInfo): string | undefined;
  /** It is the pod's turn: what its queue has against it. It is held then; otherwise it may be placed. */
  consider(pod: PodInfo): string | undefined;
  /** Whether the quotas have room for all of these at once. Pods that belong to no queue are in nobody's way. */
  areEntitled(pods: readonly PodInfo[]): boolean;
  /** The pod got no node: it is somebody else's turn. */
  refused(pod: PodInfo): void;
  /** Those who had to leave for it may have stayed: it is not held any more. Says whether the pod belongs to a queue. */
  tryAgain(pod: PodInfo): boolean;
  standings(): readonly Standing[];
}

const useChanged = 'QueueUseChange';
const queueChanged = 'QueueUpdate';
const nodeChanged = 'NodeUpdate';

export function createFairQueues({ claims, letGo, onChange }: FairQueuesOptions): FairQueues {
  const held = createHeldPods();
  const objects = new Map<string, Queue>();
  /** Pods that have no node. */
  const waiting = new Map<string, Claim>();
  const books = createBooks([...claims.defaults].map(impliedQueue), (queue) => {
    if (queue === undefined) wakeAll();
    else wake(queue);
  });

  const isFree = (claim: Claim) => books.obstacleTo(claim) === undefined;
  /** Of the pods that are free to go, the one whose queue's turn it is. */
  const firstOf = (queues: Iterable<string>): Claim | undefined => {
    let best: { readonly claim: Claim; readonly rank: Rank } | undefined;
    for (const queue of queues) {
      const claim = held.first(queue, isFree);
      if (!claim) continue;
      const rank = rankOf(claim, books.due);
      const order = best ? compareRanks(rank, best.rank) || compareClaims(claim, best.claim) : -1;
      if (order < 0) best = { claim, rank };
    }
    return best?.claim;
  };
  /** Lets one go that may get what this queue has given back, or what is left over. */
  const wake = (queue: string, event = useChanged) => {
    onChange();
    const queues = sharing(queue);
    for (let first = firstOf(queues); first; first = firstOf(queues)) {
      held.letGo(first.key);
      if (letGo(first.key, event)) return;
    }
  };
  const wakeAll = () => {
    onChange();
    const seen = new Set<string>();
    for (const queue of [...held.queues()]) {
      if (seen.has(queue)) continue;
      for (const other of sharing(queue)) seen.add(other);
      wake(queue, queueChanged);
    }
  };
  /** What is due to these is with others; whom to evict for them depends on where they fit. */
  const askAgain = () => {
    onChange();
    for (const queue of [...held.queues()]) {
      const owed = held.first(queue, (claim) => books.due.isWithinNominal(claim));
      if (owed && books.awaited(owed.key) === 0 && held.letGo(owed.key))
        letGo(owed.key, nodeChanged);
    }
  };
  const sharing = (name: string): readonly string[] => {
    const cohort = books.queue(name)?.cohort;
    if (cohort === undefined) return [name];
    return [...held.queues()].filter((other) => books.queue(other)?.cohort === cohort);
  };
  const forgetWaiting = (key: string) => {
    const claim = waiting.get(key);
    if (!claim) return;
    waiting.delete(key);
    held.letGo(key);
    books.release(key);
    wake(claim.queue);
  };

  return {
    books,
    setQueue(queue) {
      const before = objects.get(queue.metadata.name);
      objects.set(queue.metadata.name, queue);
      if (isDeepEqual(before?.spec, queue.spec)) onChange();
      else books.setQueue(readQueue(queue));
    },
    removeQueue({ metadata }) {
      objects.delete(metadata.name);
      books.removeQueue(metadata.name);
    },
    counting: (state) =>
      countingState(state, {
        books,
        claimOf: claims.of,
        placed(claim) {
          if (waiting.delete(claim.key)) wake(claim.queue);
          else onChange();
        },
        forgotten: (claim) => waiting.set(claim.key, claim),
        nodeChanged: askAgain,
      }),
    turns: (isAhead) => createTurns({ isAhead, claimOf: claims.of, due: () => books.due }),
    turnOf: (pod) => claims.of(pod)?.queue,
    came(pod, nodeName) {
      if (nodeName !== undefined) return forgetWaiting(pod.key);
      const claim = claims.of(pod);
      if (!claim) return;
      const before = waiting.get(pod.key);
      waiting.set(pod.key, claim);
      onChange();
      if (!before || (before.queue === claim.queue && before.requests === claim.requests)) return;
      held.letGo(pod.key);
      books.release(pod.key);
      wake(before.queue);
    },
    went: forgetWaiting,
    whyHeld: ({ key }) => held.why(key),
    consider(pod) {
      const claim = claims.of(pod);
      const obstacle = claim && books.obstacleTo(claim);
      if (!obstacle) return undefined;
      // Only those who are leaving are in its way: it keeps the place that they make.
      const isDue = books.without(claim, (due) => !due.quotaObstacle(claim));
      if (isDue && books.awaited(claim.key) === 0) books.reserve(claim);
      const why = obstacleText(obstacle, claim.queue, books.queue(claim.queue));
      held.hold(claim, why);
      wake(claim.queue);
      return why;
    },
    areEntitled: (pods) => books.haveRoomFor(pods.flatMap((pod) => claims.of(pod) ?? [])),
    refused(pod) {
      const claim = claims.of(pod);
      if (!claim) return;
      if (books.awaited(pod.key) === 0) books.release(pod.key);
      wake(claim.queue);
    },
    tryAgain(pod) {
      if (!claims.of(pod)) return false;
      books.revoke(pod.key);
      held.letGo(pod.key);
      return true;
    },
    standings() {
      const admitted = countBy([...books.admitted('staying'), ...books.admitted('leaving')]);
      const pending = countBy(waiting.values());
      return [...objects].map(([name, queue]) => ({
        queue,
        allocated: books.used(name),
        share: books.share(name),
        admittedPods: admitted.get(name) ?? 0,
        pendingPods: pending.get(name) ?? 0,
      }));
    },
  };
}

function countBy(claims: Iterable<Claim>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { queue } of claims) counts.set(queue, (counts.get(queue) ?? 0) + 1);
  return counts;
}
