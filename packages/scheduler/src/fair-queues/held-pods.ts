import { createHeap } from '../heap.ts';
import type { Heap, HeapItem } from '../heap.ts';
import { isAhead } from './claim-order.ts';
import type { Claim } from './queue-terms.ts';

/** Pods that their queues hold back, and what for. Those of a queue that ask for the same are held for the same. */
export interface HeldPods {
  hold(claim: Claim, why: string): void;
  /** Says whether it was held. */
  letGo(key: string): boolean;
  why(key: string): string | undefined;
  /** The first of the queue that is free to go. Costs as much as there are different requests in the queue. */
  first(queue: string, isFree: (claim: Claim) => boolean): Claim | undefined;
  /** The queues that hold any. */
  queues(): Iterable<string>;
}

interface Item extends HeapItem {
  readonly claim: Claim;
  readonly why: string;
}

export function createHeldPods(): HeldPods {
  const items = new Map<string, Item>();
  /** By queue and what is asked for. */
  const groups = new Map<string, Map<string, Heap<Item>>>();

  const letGo = (key: string): boolean => {
    const item = items.get(key);
    if (!item) return false;
    items.delete(key);
    const { queue } = item.claim;
    const own = groups.get(queue)!;
    const id = idOf(item.claim);
    const group = own.get(id)!;
    group.remove(item);
    if (group.size === 0) own.delete(id);
    if (own.size === 0) groups.delete(queue);
    return true;
  };
  return {
    hold(claim, why) {
      letGo(claim.key);
      const item = { claim, why, slot: -1 };
      items.set(claim.key, item);
      const own = groups.get(claim.queue) ?? new Map<string, Heap<Item>>();
      groups.set(claim.queue, own);
      const id = idOf(claim);
      const group = own.get(id) ?? createHeap<Item>((a, b) => isAhead(a.claim, b.claim));
      own.set(id, group);
      group.push(item);
    },
    letGo,
    why: (key) => items.get(key)?.why,
    first(queue, isFree) {
      let first: Claim | undefined;
      for (const group of groups.get(queue)?.values() ?? []) {
        const { claim } = group.peek()!;
        if ((!first || isAhead(claim, first)) && isFree(claim)) first = claim;
      }
      return first;
    },
    queues: () => groups.keys(),
  };
}

const idOf = ({ requests }: Claim): string => JSON.stringify([...requests].sort());
