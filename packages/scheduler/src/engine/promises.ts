import type { ClusterState } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Judgement } from './judge.ts';
import { simulate } from './simulate.ts';

/**
 * The pods that were promised a place on the node and that this pod must leave it to: those that are as important as it
 * is, or more.
 */
export const promisedBefore = (
  state: ClusterState,
  pod: PodInfo,
  nodeName: string,
): readonly PodInfo[] =>
  (state.nominated.get(nodeName) ?? []).filter(
    ({ key, priority }) => priority >= pod.priority && key !== pod.key,
  );

/** As upstream has it, the node must do with the promised pods on it and without them, for they may never come. */
export function judgeWithPromises(
  state: ClusterState,
  pod: PodInfo,
  node: NodeInfo,
  judgeNode: (node: NodeInfo) => Judgement,
): Judgement {
  const promised = promisedBefore(state, pod, node.name);
  if (promised.length > 0) {
    const crowded = simulate(state, ({ place }) => {
      for (const other of promised) place(other, node.name);
      return judgeNode(node);
    });
    if (!crowded.verdict.ok) return crowded;
  }
  return judgeNode(node);
}
