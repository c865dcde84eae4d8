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

/** The sizes of a node's images in bytes by every name that they have. */
const imagesOf = ({ status }: Node): ReadonlyMap<string, number> =>
  new Map(
    (status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
      names.map((name): [string, number] => [name, sizeBytes]),
    ),
  );
