import { dealHand } from './shuffle-shard.ts';

/** Requests that wait for a seat of one level. */
export interface FairQueues<T> {
  readonly size: number;
  /** False when every queue that the flow may use is full. */
  push(flow: string, item: T): boolean;
  /** The next in turn: one from each queue before a second from any. */
  shift(): T | undefined;
  remove(item: T): void;
}

export interface QueueShape {
  readonly queues: number;
  readonly handSize: number;
  /** How many may wait in each. */
  readonly queueLengthLimit: number;
}

interface Queue<T> {
  readonly items: Set<T>;
  /** How many turns it has had, on the clock of all queues. */
  turn: number;
}

/** A flow joins the shortest of the queues it was dealt; a queue that comes back from empty has no turns saved up. */
export function createFairQueues<T>({
  queues,
  handSize,
  queueLengthLimit,
}: QueueShape): FairQueues<T> {
  const waiting = new Map<number, Queue<T>>();
  const homes = new Map<T, number>();
  let now = 0;

  const lengthOf = (index: number) => waiting.get(index)?.items.size ?? 0;
  const take = (index: number, item: T) => {
    const queue = waiting.get(index);
    queue?.items.delete(item);
    homes.delete(item);
    if (queue?.items.size === 0) waiting.delete(index);
  };

  return {
    get size() {
      return homes.size;
    },
    push(flow, item) {
      const hand = dealHand(flow, queues, handSize);
      const shortest = hand.reduce((best, index) =>
        lengthOf(index) < lengthOf(best) ? index : best,
      );
      if (lengthOf(shortest) >= queueLengthLimit) return false;
      const queue = waiting.get(shortest) ?? { items: new Set<T>(), turn: now + 1 };
      queue.items.add(item);
      waiting.set(shortest, queue);
      homes.set(item, shortest);
      return true;
    },
    shift() {
      const [first, ...others] = waiting;
      if (!first) return undefined;
      const [index, queue] = others.reduce(
        (best, candidate) => (candidate[1].turn < best[1].turn ? candidate : best),
        first,
      );
      now = queue.turn;
      queue.turn++;
      const [item] = queue.items;
      if (item !== undefined) take(index, item);
      return item;
    },
    remove(item) {
      const index = homes.get(item);
      if (index !== undefined) take(index, item);
    },
  };
}
