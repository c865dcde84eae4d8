import type { Node } from '@berth/api';

/** On how many nodes each image is. */
export interface Images {
  nodesWith(name: string): number;
  /** Counts what one node has; once more with -1 when it changes or goes. */
  count(node: Node, by: 1 | -1): void;
}

export function createImages(): Images {
  const nodes = new Map<string, number>();
  return {
    nodesWith: (name) => nodes.get(name) ?? 0,
    count(node, by) {
      for (const name of imagesOf(node).keys()) {
        const left = (nodes.get(name) ?? 0) + by;
        if (left === 0) nodes.delete(name);
        else nodes.set(name, left);
      }
    },
  };
}

/** The sizes of a node's images in bytes by every name that they have. Worked out once per object. */
export function imagesOf(node: Node): ReadonlyMap<string, number> {
  let sizes = known.get(node);
  if (!sizes) {
    sizes = new Map(
      (node.status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
        names.map((name): [string, number] => [name, sizeBytes]),
      ),
    );
    known.set(node, sizes);
  }
  return sizes;
}

const known = new WeakMap<Node, ReadonlyMap<string, number>>();
