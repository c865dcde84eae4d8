import type { KubeObject, Node, ResourceType } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { PodInfo } from '../pod-info.ts';

/** Changes to try out. */
export interface Simulation {
  /** Puts the pod on the node, wherever it was before. */
  place(pod: PodInfo, nodeName: string): void;
  remove(podKey: string): void;
  setNode(node: Node): void;
  removeNode(name: string): void;
  /** A Service, a ReplicaSet, a volume: what decisions read beside nodes and pods. */
  setObject(type: ResourceType, object: KubeObject): void;
  removeObject(type: ResourceType, object: KubeObject): void;
}

/**
 * Changes the cluster's state for as long as `work` runs: whatever is asked meanwhile is answered as if the changes were
 * made. Costs as much as the changes and as many again to take them back. May be nested.
 */
export function simulate<T>(state: ClusterState, work: (changes: Simulation) => T): T {
  const undo: (() => void)[] = [];
  const restorePod = (key: string) => {
    const before = state.placementOf(key);
    if (!before) return () => state.removePod(key);
    const { pod, nodeName, assumed } = before;
    return () => (assumed ? state.assume(pod, nodeName) : state.addPod(pod, nodeName));
  };
  const restoreNode = (name: string) => {
    const before = state.node(name)?.node;
    return () => (before ? state.setNode(before) : state.removeNode(name));
  };
  const restoreObject = (type: ResourceType, { metadata }: KubeObject) => {
    const before = state.objects.get(type, metadata.namespace, metadata.name);
    return (after: KubeObject) =>
      before ? state.setObject(type, before) : state.removeObject(type, after);
  };
  try {
    return work({
      place(pod, nodeName) {
        undo.push(restorePod(pod.key));
        state.assume(pod, nodeName);
      },
      remove(key) {
        undo.push(restorePod(key));
        state.removePod(key);
      },
      setNode(node) {
        undo.push(restoreNode(node.metadata.name));
        state.setNode(node);
      },
      removeNode(name) {
        undo.push(restoreNode(name));
        state.removeNode(name);
      },
      setObject(type, object) {
        const back = restoreObject(type, object);
        undo.push(() => back(object));
        state.setObject(type, object);
      },
      removeObject(type, object) {
        const back = restoreObject(type, object);
        undo.push(() => back(object));
        state.removeObject(type, object);
      },
    });
  } finally {
    for (const back of undo.reverse()) back();
  }
}
