/**
 * Nodes by whole-number score: adding, moving and removing one costs the same however many there are, and so does
 * picking any of those with the highest score.
 */
export interface BucketQueue {
  readonly size: number;
  /** The highest score of any node; -1 when there is none. */
  highest(): number;
  /** How many nodes have the highest score. */
  ties(): number;
  /** One of the nodes with the highest score, by a number below `ties()`. */
  tie(at: number): number;
  add(node: number, score: number): void;
  remove(node: number, score: number): void;
}

interface Bucket {
  readonly score: number;
  readonly nodes: number[];
}

/** `places` has room for every node; queues may share it as long as a node is in one of them only. */
export function createBucketQueue(places: Int32Array): BucketQueue {
  const buckets = new Map<number, Bucket>();
  /** By score, lowest first. Empty buckets stay until they come to the end. */
  const order: Bucket[] = [];
  let size = 0;

  const bucketOf = (score: number): Bucket => {
    let bucket = buckets.get(score);
    if (bucket) return bucket;
    bucket = { score, nodes: [] };
    buckets.set(score, bucket);
    let at = order.length;
    while (at > 0 && order[at - 1]!.score > score) at -= 1;
    order.splice(at, 0, bucket);
    return bucket;
  };
  const top = (): Bucket | undefined => {
    let last = order.at(-1);
    while (last?.nodes.length === 0) {
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
    ties: () => top()?.nodes.length ?? 0,
    tie: (at) => top()!.nodes[at]!,
    add(node, score) {
      const { nodes } = bucketOf(score);
      places[node] = nodes.length;
      nodes.push(node);
      size += 1;
    },
    remove(node, score) {
      const { nodes } = buckets.get(score)!;
      const last = nodes.pop()!;
      size -= 1;
      if (last === node) return;
      const at = places[node]!;
      nodes[at] = last;
      places[last] = at;
    },
  };
}
