/** Whether the first of two nodes goes before the second when both score the same. A strict order. */
export type IsAhead = (node: number, other: number) => boolean;

/**
 * Nodes by whole-number score, and in one order among those of the same score. Picking the first of those with the
 * highest score costs the same however many there are; adding and removing one grows with the logarithm.
 */
export interface BucketQueue {
  readonly size: number;
  /** The highest score of any node; -1 when there is none. */
  highest(): number;
  /** The first of the nodes with the highest score. There has to be one. */
  first(): number;
  /** The node's place in the order has to stay as it is until the node is removed. */
  add(node: number, score: number): void;
  remove(node: number, score: number): void;
}

interface Bucket {
  readonly score: number;
  /** A heap: no node is ahead of the one at half its place. */
  readonly nodes: number[];
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
  const put = (nodes: number[], at: number, node: number) => {
    nodes[at] = node;
    places[node] = at;
  };
  const rise = (nodes: number[], from: number, node: number): number => {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = nodes[above]!;
      if (!isAhead(node, other)) break;
      put(nodes, at, other);
      at = above;
    }
    return at;
  };
  const sink = (nodes: number[], from: number, node: number): number => {
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= nodes.length) return at;
      if (below + 1 < nodes.length && isAhead(nodes[below + 1]!, nodes[below]!)) below += 1;
      const other = nodes[below]!;
      if (!isAhead(other, node)) return at;
      put(nodes, at, other);
      at = below;
    }
  };
  return {
    get size() {
      return size;
    },
    highest: () => top()?.score ?? -1,
    first: () => top()!.nodes[0]!,
    add(node, score) {
      const { nodes } = bucketOf(score);
      nodes.push(node);
      put(nodes, rise(nodes, nodes.length - 1, node), node);
      size += 1;
    },
    remove(node, score) {
      const { nodes } = buckets.get(score)!;
      const last = nodes.pop()!;
      size -= 1;
      if (last === node) return;
      const at = places[node]!;
      const risen = rise(nodes, at, last);
      put(nodes, risen < at ? risen : sink(nodes, at, last), last);
    },
  };
}
