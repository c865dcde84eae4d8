import { resourceTypes } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { Change } from './protocol.ts';

/** The same state, of which every change is told to `tell` after it was made. */
export function mirrorState(state: ClusterState, tell: (change: Change) => void): ClusterState {
  const overrides: Partial<ClusterState> = {
    setNode(node) {
      state.setNode(node);
      tell({ kind: 'setNode', node, slot: state.node(node.metadata.name)!.index });
    },
    removeNode(name) {
      state.removeNode(name);
      tell({ kind: 'removeNode', name });
    },
    setObject(type, object) {
      state.setObject(type, object);
      tell({ kind: 'setObject', type, object });
    },
    removeObject(type, object) {
      state.removeObject(type, object);
      tell({ kind: 'removeObject', type, object });
    },
    assume(pod, nodeName) {
      state.assume(pod, nodeName);
      tell({ kind: 'assume', pod: pod.pod, nodeName });
    },
    forget(key) {
      state.forget(key);
      tell({ kind: 'forget', key });
    },
    addPod(pod, nodeName) {
      state.addPod(pod, nodeName);
      tell({ kind: 'addPod', pod: pod.pod, nodeName });
    },
    removePod(key) {
      state.removePod(key);
      tell({ kind: 'removePod', key });
    },
    nominate(pod, nodeName) {
      state.nominate(pod, nodeName);
      tell({ kind: 'nominate', pod: pod.pod, nodeName });
    },
    unnominate(key) {
      state.unnominate(key);
      tell({ kind: 'unnominate', key });
    },
  };
  // What is read goes to the state itself, whose properties may be computed.
  return Object.create(state, Object.getOwnPropertyDescriptors(overrides)) as ClusterState;
}

/** The changes that make a state like this one out of an empty one. */
export function* changesSoFar(state: ClusterState): Iterable<Change> {
  for (const type of resourceTypes) {
    for (const object of state.objects.list(type)) yield { kind: 'setObject', type, object };
  }
  for (const { node, index, name, pods } of state.nodes()) {
    yield { kind: 'setNode', node, slot: index };
    for (const { pod, key } of pods) {
      yield { kind: state.isAssumed(key) ? 'assume' : 'addPod', pod, nodeName: name };
    }
  }
  for (const [nodeName, promised] of state.nominated) {
    for (const { pod } of promised) yield { kind: 'nominate', pod, nodeName };
  }
}
