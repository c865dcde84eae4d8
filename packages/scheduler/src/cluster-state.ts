import type { Node } from '@berth/api';
import { createNodeInfo } from './node-info.ts';
import type { MutableNodeInfo, NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

/**
 * The nodes and what their pods ask for: what informers report, plus the placements this scheduler has decided
 * (assumed) and not yet seen confirmed. An assumed pod counts from the moment of the decision, so that the next
 * decision sees it.
 *
 *   (nothing) --assume--> assumed --addPod (the informer saw it)--> known --removePod--> (nothing)
 *                            \--forget (the bind failed)--> (nothing)
 */
export interface ClusterState {
  nodes(): Iterable<NodeInfo>;
  node(name: string): NodeInfo | undefined;
  setNode(node: Node): void;
  /** Its pods are remembered, for the case that the node comes back. */
  removeNode(name: string): void;
  assume(pod: PodInfo, nodeName: string): void;
  forget(key: string): void;
  isAssumed(key: string): boolean;
  addPod(pod: PodInfo, nodeName: string): void;
  removePod(key: string): void;
}

interface Placement {
  readonly pod: PodInfo;
  readonly nodeName: string;
  readonly assumed: boolean;
}

export function createClusterState(): ClusterState {
  const nodes = new Map<string, MutableNodeInfo>();
  const placements = new Map<string, Placement>();

  const put = (placement: Placement) => {
    drop(placement.pod.key);
    placements.set(placement.pod.key, placement);
    nodes.get(placement.nodeName)?.addPod(placement.pod);
  };
  const drop = (key: string) => {
    const placement = placements.get(key);
    if (!placement) return;
    placements.delete(key);
    nodes.get(placement.nodeName)?.removePod(key);
  };

  return {
    nodes: () => nodes.values(),
    node: (name) => nodes.get(name),
    setNode(node) {
      const known = nodes.get(node.metadata.name);
      if (known) return known.setNode(node);
      const info = createNodeInfo(node);
      nodes.set(node.metadata.name, info);
      for (const { pod, nodeName } of placements.values()) {
        if (nodeName === node.metadata.name) info.addPod(pod);
      }
    },
    removeNode: (name) => void nodes.delete(name),
    assume: (pod, nodeName) => put({ pod, nodeName, assumed: true }),
    forget(key) {
      if (placements.get(key)?.assumed) drop(key);
    },
    isAssumed: (key) => placements.get(key)?.assumed ?? false,
    addPod: (pod, nodeName) => put({ pod, nodeName, assumed: false }),
    removePod: drop,
  };
}
