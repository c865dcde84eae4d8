import { createHeap } from '../heap.ts';
import type { Heap, HeapItem } from '../heap.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Ledger } from './ledger.ts';
import type { Claim } from './queue-terms.ts';

/** Where a queue stands among the others. */
export interface Rank {
  /** With its next claim it has more than its nominal quota. */
  readonly isBorrowing: boolean;
  readonly share: number;
}

export const rankOf = (next: Claim, ledger: Ledger): Rank => ({
  isBorrowing: !ledger.isWithinNominal(next),
  share: ledger.share(next.queue),
});

/** Below 0: the first goes first. */
export const compareRanks = (a: Rank, b: Rank): number =>
  Number(a.isBorrowing) - Number(b.isBorrowing) || a.share - b.share;

interface Item extends HeapItem {
  readonly info: PodInfo;
}

export interface TurnsOptions<T> {
  readonly isAhead: (a: T, b: T) => boolean;
  /** Undefined for pods that belong to no queue. */
  readonly claimOf: (pod: PodInfo) => Claim | undefined;
  readonly due: () => Ledger;
}

/**
 * Pods to be tried, a line for each queue: first is the first of the line of the queue whose turn it is by weighted dominant
 * resource fairness. Pods of no queue have a line of their own, and it is their turn when `isAhead` puts their first one ahead
 * of that one. Costs as much as there are queues.
 */
export function createTurns<T extends Item>({ isAhead, claimOf, due }: TurnsOptions<T>): Heap<T> {
  const others = createHeap<T>(isAhead);
  const lines = new Map<string, Heap<T>>();
  /** Whose line an item is in: its pod may come to name another queue while it waits. */
  const places = new Map<T, string>();

  const firstOfLines = (): T | undefined => {
    let first: { readonly item: T; readonly rank: Rank } | undefined;
    for (const line of lines.values()) {
      const item = line.peek()!;
      const rank = rankOf(claimOf(item.info)!, due());
      const order = first ? compareRanks(rank, first.rank) : -1;
      if (!first || order < 0 || (order === 0 && isAhead(item, first.item))) first = { item, rank };
    }
    return first?.item;
  };
  const peek = (): T | undefined => {
    const first = firstOfLines();
    const other = others.peek();
    return first && other ? (isAhead(other, first) ? other : first) : (first ?? other);
  };
  const remove = (item: T) => {
    const queue = places.get(item);
    if (queue === undefined) return others.remove(item);
    const line = lines.get(queue)!;
    line.remove(item);
    places.delete(item);
    if (line.size === 0) lines.delete(queue);
  };

  return {
    push(item) {
      const queue = claimOf(item.info)?.queue;
      if (queue === undefined) return others.push(item);
      const line = lines.get(queue) ?? createHeap<T>(isAhead);
      lines.set(queue, line);
      places.set(item, queue);
      line.push(item);
    },
    pop() {
      const first = peek();
      if (first) remove(first);
      return first;
    },
    peek,
    remove,
    get size() {
      return others.size + places.size;
    },
  };
}
