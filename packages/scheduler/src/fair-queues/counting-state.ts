import type { Node } from '@berth/api';
import { isSameToPlacement } from '../cluster/same-node.ts';
import type { ClusterState } from '../cluster-state.ts';
import type { PodInfo } from '../pod-info.ts';
import { amountsOf } from '../resources.ts';
import type { Books } from './books.ts';
import type { Claim } from './queue-terms.ts';

export interface CountingOptions {
  readonly books: Books;
  readonly claimOf: (pod: PodInfo) => Claim | undefined;
  /** A pod of a queue got a node. */
  readonly placed: (claim: Claim) => void;
  /** It did not get there. */
  readonly forgotten: (claim: Claim) => void;
  /** Pods may fit where they did not. */
  readonly nodeChanged: () => void;
}

/** The same state, whose nodes and placements are entered in the books. What is tried out on the state itself is not. */
export function countingState(
  state: ClusterState,
  { books, claimOf, placed, forgotten, nodeChanged }: CountingOptions,
): ClusterState {
  const enter = (pod: PodInfo) => {
    const claim = claimOf(pod);
    if (!claim) return books.setOther(pod.key, pod.shape.requests);
    books.admit(claim, pod.pod.metadata.deletionTimestamp !== undefined);
    placed(claim);
  };
  const overrides: Partial<ClusterState> = {
    setNode(node) {
      const before = state.node(node.metadata.name)?.node;
      state.setNode(node);
      if (before && isSameToPlacement(before, node)) return;
      books.setNode(node.metadata.name, allocatableOf(node));
      nodeChanged();
    },
    removeNode(name) {
      state.removeNode(name);
      books.removeNode(name);
    },
    assume(pod, nodeName) {
      state.assume(pod, nodeName);
      enter(pod);
    },
    forget(key) {
      const placement = state.placementOf(key);
      state.forget(key);
      if (!placement?.assumed) return;
      const claim = claimOf(placement.pod);
      if (claim) forgotten(claim);
      books.drop(key);
    },
    addPod(pod, nodeName) {
      state.addPod(pod, nodeName);
      enter(pod);
    },
    removePod(key) {
      state.removePod(key);
      books.drop(key);
    },
  };
  // What is read goes to the state itself, whose properties may be computed.
  return Object.create(state, Object.getOwnPropertyDescriptors(overrides)) as ClusterState;
}

const allocatableOf = ({ status }: Node) => amountsOf(status?.allocatable ?? status?.capacity);
