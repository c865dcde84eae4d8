import type { Pod } from '@berth/api';
import { keyOf } from '@berth/api';
import type { Sink } from '../follow.ts';
import type { PodsOnNode } from './node-authorizer.ts';

/** Which pods each node has, kept level with the store. */
export interface PodsByNode {
  readonly podsOn: PodsOnNode;
  /** Calls `fn` after a pod of the node came, changed or went. Returns a function that ends it. */
  onChange(nodeName: string, fn: () => void): () => void;
}

export function createPodsByNode(): PodsByNode & { readonly sink: Sink<Pod> } {
  const byNode = new Map<string, Map<string, Pod>>();
  const nodeOf = new Map<string, string>();
  const listeners = new Map<string, Set<() => void>>();

  const tell = (node: string) => listeners.get(node)?.forEach((fn) => fn());
  const forget = (pod: Pod): string | undefined => {
    const key = keyOf(pod);
    const node = nodeOf.get(key);
    if (node === undefined) return undefined;
    nodeOf.delete(key);
    const pods = byNode.get(node);
    pods?.delete(key);
    if (pods?.size === 0) byNode.delete(node);
    return node;
  };
  const keep = (pod: Pod) => {
    const node = pod.spec.nodeName;
    if (!node) return;
    const key = keyOf(pod);
    nodeOf.set(key, node);
    const pods = byNode.get(node) ?? new Map<string, Pod>();
    byNode.set(node, pods.set(key, pod));
  };

  return {
    podsOn: (node) => [...(byNode.get(node)?.values() ?? [])],
    onChange(nodeName, fn) {
      const known = listeners.get(nodeName) ?? new Set();
      listeners.set(nodeName, known.add(fn));
      return () => {
        known.delete(fn);
        if (known.size === 0 && listeners.get(nodeName) === known) listeners.delete(nodeName);
      };
    },
    sink: {
      put(pod) {
        const before = forget(pod);
        keep(pod);
        const { nodeName } = pod.spec;
        if (before !== undefined && before !== nodeName) tell(before);
        if (nodeName) tell(nodeName);
      },
      remove(pod) {
        const node = forget(pod);
        if (node !== undefined) tell(node);
      },
      replace(items) {
        byNode.clear();
        nodeOf.clear();
        for (const item of items) keep(item);
        for (const node of listeners.keys()) tell(node);
      },
    },
  };
}
