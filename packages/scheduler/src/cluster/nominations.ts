import type { PodInfo } from '../pod-info.ts';

/** Pods that were promised a place on a node whose pods are still leaving. They are not placed, but they count. */
export interface Nominations {
  /** Replaces an earlier promise to the same pod. */
  nominate(pod: PodInfo, nodeName: string): void;
  unnominate(podKey: string): void;
  /** Where the pod was promised a place. */
  nominatedNode(podKey: string): string | undefined;
  /** By the name of their node. */
  readonly nominated: ReadonlyMap<string, readonly PodInfo[]>;
}

/** `changed` is told the names of nodes whose promises change. */
export function createNominations(changed: (nodeName: string) => void): Nominations {
  const nominated = new Map<string, readonly PodInfo[]>();
  const nodes = new Map<string, string>();

  const unnominate = (key: string) => {
    const nodeName = nodes.get(key);
    if (nodeName === undefined) return;
    nodes.delete(key);
    const others = (nominated.get(nodeName) ?? []).filter((pod) => pod.key !== key);
    if (others.length === 0) nominated.delete(nodeName);
    else nominated.set(nodeName, others);
    changed(nodeName);
  };
  return {
    nominate(pod, nodeName) {
      unnominate(pod.key);
      nodes.set(pod.key, nodeName);
      nominated.set(nodeName, [...(nominated.get(nodeName) ?? []), pod]);
      changed(nodeName);
    },
    unnominate,
    nominatedNode: (key) => nodes.get(key),
    nominated,
  };
}
