import type { Pod } from '@berth/api';
import { keyOf } from '@berth/api';
import type { Sink } from '../follow.ts';
import type { PodsOnNode } from './node-authorizer.ts';

/** Which pods each node has, kept level with the store. */
export function createPodsByNode(): { readonly podsOn: PodsOnNode; readonly sink: Sink<Pod> } {
  const byNode = new Map<string, Map<string, Pod>>();
  const nodeOf = new Map<string, string>();

  const remove = (pod: Pod) => {
    const key = keyOf(pod);
    const node = nodeOf.get(key);
    if (node === undefined) return;
    nodeOf.delete(key);
    const pods = byNode.get(node);
    pods?.delete(key);
    if (pods?.size === 0) byNode.delete(node);
  };
  const put = (pod: Pod) => {
    const node = pod.spec.nodeName;
    const key = keyOf(pod);
    if (nodeOf.get(key) !== node) remove(pod);
    if (!node) return;
    nodeOf.set(key, node);
    const pods = byNode.get(node) ?? new Map<string, Pod>();
    byNode.set(node, pods.set(key, pod));
  };

  return {
    podsOn: (node) => [...(byNode.get(node)?.values() ?? [])],
    sink: {
      put,
      remove,
      replace(items) {
        byNode.clear();
        nodeOf.clear();
        for (const item of items) put(item);
      },
    },
  };
}
