import type { NodeInfo } from '../node-info.ts';

/**
 * Decides between nodes that score the same: the lowest lot wins. Upstream rolls dice; here the node with fewer pods goes
 * first, and of those with as many the one whose name hashes lower. That spreads at least as evenly, and everyone who
 * knows the cluster comes to the same result. Nodes with equal lots go by their names.
 */
export const lotOf = ({ nameHash, pods }: Pick<NodeInfo, 'nameHash' | 'pods'>): number =>
  pods.length * hashes + nameHash;

/** Whether the first node wins. */
export function winsOver(node: NodeInfo, other: NodeInfo): boolean {
  const [lot, otherLot] = [lotOf(node), lotOf(other)];
  return lot === otherLot ? node.name < other.name : lot < otherLot;
}

/** How many hashes there are. */
const hashes = 2 ** 32;
