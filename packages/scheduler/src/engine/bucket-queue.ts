import { Bucket } from './bucket.ts';
import type { IsAhead } from './bucket.ts';

/**
 * Nodes by whole-number score, and by lot, lowest first, among those of the same score. What one costs hardly depends on
 * how many there are.
 */
export interface BucketQueue {
  readonly size: number;
  /** The highest score of any node; -1 when there is none. */
  highest(): number;
  /** The first of the nodes with the highest score. There has to be one. */
  first(): number;
  /** The lot of that node. */
  firstLot(): number;
  add(node: number, score: number, lot: number): void;
  /** By the score with which it was added. */
  remove(node: number, score: number): void;
}

/** `places` has room for every node; queues may share it as long as a node is in one of them only. */
export function createBucketQueue(places: Int32Array, isAhead: IsAhead): BucketQueue {
  const buckets = new Map<number, Bucket>();
  /** By score, lowest first. Empty buckets stay until they come to the end. */
  const order: Bucket[] = [];
  let size = 0;

  const bucketOf = (score: number): Bucket => {
    let bucket = buckets.get(score);
    if (bucket) return bucket;
    bucket = new Bucket(score, places, isAhead);
    buckets.set(score, bucket);
    let at = order.length;
    while (at > 0 && order[at - 1]!.score > score) at -= 1;
    order.splice(at, 0, bucket);
    return bucket;
  };
  const top = (): Bucket | undefined => {
    let last = order.at(-1);
    while (last?.size === 0) {
      buckets.delete(last.score);
      order.pop();
      last = order.at(-1);
    }
    return last;
  };
  return {
    get size() {
      return size;
    },
    highest: () => top()?.score ?? -1,
    first: () => top()!.first(),
    firstLot: () => top()!.firstLot(),
    add(node, score, lot) {
      bucketOf(score).add(node, lot);
      size += 1;
    },
    remove(node, score) {
      buckets.get(score)!.remove(node);
      size -= 1;
    },
  };
}
