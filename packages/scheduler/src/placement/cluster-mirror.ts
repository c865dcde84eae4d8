import { keyOf, nodes, podGroups, pods } from '@berth/api';
import type { KubeObject, Pod, ResourceType } from '@berth/api';
import { createClusterState } from '../cluster-state.ts';
import type { ClusterState } from '../cluster-state.ts';
import { createGangs } from '../gangs/gangs.ts';
import type { Gangs, GangsOptions } from '../gangs/gangs.ts';
import { otherKinds } from '../watch-cluster.ts';

export interface ClusterReads {
  /** All objects there are, as of now; an object that did not change is the same one as before. */
  list<T extends KubeObject>(type: ResourceType<T>): Promise<readonly T[]>;
  serves(type: ResourceType): boolean;
}

/** A cluster's state that is brought up to date when somebody asks, and costs nothing while nobody does. */
export interface ClusterMirror {
  readonly state: ClusterState;
  readonly gangs: Gangs;
  /** Resolves when the state is that of a moment after the call. */
  refresh(): Promise<void>;
}

export function createClusterMirror(
  { list, serves }: ClusterReads,
  isConcerned: GangsOptions['isConcerned'],
): ClusterMirror {
  const state = createClusterState();
  // Nothing is queued here: who asks is told how it stands at that moment.
  const gangs = createGangs({
    isConcerned,
    reconsider: () => undefined,
    changed: () => undefined,
  });
  const others = otherKinds().map(([type]) => type);
  const follow = <T extends KubeObject>(
    type: ResourceType<T>,
    set: (object: T) => void,
    remove: (object: T) => void,
  ) => {
    const known = new Map<string, T>();
    return async () => {
      const objects = serves(type) ? await list(type) : [];
      return () => {
        const gone = new Map(known);
        for (const object of objects) {
          const key = keyOf(object);
          gone.delete(key);
          if (known.get(key) === object) continue;
          known.set(key, object);
          set(object);
        }
        for (const [key, object] of gone) {
          known.delete(key);
          remove(object);
        }
      };
    };
  };
  const removePod = (pod: Pod) => {
    state.unnominate(keyOf(pod));
    state.removePod(keyOf(pod));
  };
  const setPod = (pod: Pod) => {
    const { nodeName } = pod.spec;
    const promised = pod.status?.nominatedNodeName;
    if (hasEnded(pod) || !nodeName) removePod(pod);
    if (hasEnded(pod)) return gangs.went(keyOf(pod));
    gangs.came(state.podInfo(pod), nodeName);
    if (nodeName) {
      state.unnominate(keyOf(pod));
      state.addPod(state.podInfo(pod), nodeName);
    } else if (promised) state.nominate(state.podInfo(pod), promised);
  };
  const followed = [
    follow(
      nodes,
      (node) => state.setNode(node),
      ({ metadata }) => state.removeNode(metadata.name),
    ),
    ...others.map((type) =>
      follow(
        type,
        (object) => state.setObject(type, object),
        (object) => state.removeObject(type, object),
      ),
    ),
    follow(
      podGroups,
      (group) => gangs.setGroup(group),
      (group) => gangs.removeGroup(keyOf(group)),
    ),
    follow(pods, setPod, (pod) => {
      gangs.went(keyOf(pod));
      removePod(pod);
    }),
  ];
  /** One after the other, so that what was read earlier is not written over what was read later. */
  let last: Promise<void> = Promise.resolve();
  const refresh = async () => {
    for (const apply of await Promise.all(followed.map((read) => read()))) apply();
  };
  return {
    ...{ state, gangs },
    refresh() {
      last = last.catch(() => undefined).then(refresh);
      return last;
    },
  };
}

const hasEnded = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';
