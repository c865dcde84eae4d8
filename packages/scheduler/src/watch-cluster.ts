import { keyOf, namespaces, nodes, pods, resourceTypes } from '@berth/api';
import type { KubeObject, Pod, ResourceType } from '@berth/api';
import type { InformerFactory } from '@berth/client';
import {
  clusterEvents,
  nodeMatters,
  placedPodMatters,
  waitingPodMatters,
} from './cluster-events.ts';
import type { ClusterState } from './cluster-state.ts';
import type { Hold } from './holds.ts';
import type { ClusterEvent, SchedulingQueue } from './queue.ts';

export interface WatchClusterOptions {
  readonly informers: InformerFactory;
  readonly state: ClusterState;
  readonly queue: SchedulingQueue;
  readonly hold: Hold;
  /** Whether pods of a scheduler name are placed here; the others are counted where they are. */
  readonly isOurs: (schedulerName: string) => boolean;
}

/** Feeds what happens in the cluster into the state and the queue. */
export function watchCluster(options: WatchClusterOptions): void {
  watchPods(options);
  watchNodes(options);
  for (const [type, event] of otherKinds()) watchObjects(type, event, options);
}

function watchPods({ informers, state, queue, hold, isOurs }: WatchClusterOptions): void {
  const waits = ({ metadata, spec }: Pod) =>
    !spec.nodeName && !metadata.deletionTimestamp && isOurs(spec.schedulerName ?? '');

  /** To those who wait it is as if a pod had left the node. */
  const giveUpPromise = (key: string) => {
    if (state.nominatedNode(key) === undefined) return;
    state.unnominate(key);
    queue.happened(clusterEvents.assignedPodDelete);
  };
  const gone = (pod: Pod) => {
    const key = keyOf(pod);
    hold.went(key);
    queue.remove(key);
    giveUpPromise(key);
    if (!state.placementOf(key)) return;
    state.removePod(key);
    queue.happened(clusterEvents.assignedPodDelete);
  };
  const onNode = (pod: Pod, nodeName: string, before?: Pod) => {
    const key = keyOf(pod);
    queue.remove(key);
    if (state.nominatedNode(key) === nodeName) state.unnominate(key);
    else giveUpPromise(key);
    const info = state.podInfo(pod);
    hold.came(info, nodeName);
    state.addPod(info, nodeName);
    if (!before?.spec.nodeName) queue.happened(clusterEvents.assignedPodAdd);
    else if (placedPodMatters(before, pod)) queue.happened(clusterEvents.assignedPodUpdate);
  };
  const came = (pod: Pod, before?: Pod) => {
    if (isFinished(pod)) return gone(pod);
    if (pod.spec.nodeName) return onNode(pod, pod.spec.nodeName, before);
    const key = keyOf(pod);
    if (!waits(pod)) {
      hold.went(key);
      queue.remove(key);
      return giveUpPromise(key);
    }
    // Its bind is under way: the next word on it is that it has its node, or what the API server says of the bind.
    if (state.isAssumed(key)) return;
    const info = state.podInfo(pod);
    const { nominatedNodeName } = pod.status ?? {};
    const promised = state.nominatedNode(key) ?? before?.status?.nominatedNodeName;
    if (nominatedNodeName) state.nominate(info, nominatedNodeName);
    else state.unnominate(key);
    if (promised && promised !== nominatedNodeName) queue.happened(clusterEvents.assignedPodDelete);
    hold.came(info);
    queue.add(info, !before || !waits(before) || waitingPodMatters(before, pod));
  };

  let epoch = state.shapeEpoch;
  /** Pods that counted as alike may not be any more. */
  const renew = () => {
    if (epoch === state.shapeEpoch) return;
    epoch = state.shapeEpoch;
    for (const { pod } of [...queue.pods()]) queue.add(state.podInfo(pod));
  };

  informers.informer(pods).addHandler({
    added(pod) {
      came(pod);
      renew();
    },
    updated(before, pod) {
      const isSame = before.metadata.uid === pod.metadata.uid;
      // Another pod under the same name: the first one's end was not seen.
      if (!isSame) gone(before);
      came(pod, isSame ? before : undefined);
      renew();
    },
    deleted: gone,
  });
}

function watchNodes({ informers, state, queue }: WatchClusterOptions): void {
  informers.informer(nodes).addHandler({
    added(node) {
      state.setNode(node);
      queue.happened(clusterEvents.nodeAdd);
    },
    updated(before, node) {
      state.setNode(node);
      if (nodeMatters(before, node)) queue.happened(clusterEvents.nodeUpdate);
    },
    deleted(node) {
      state.removeNode(node.metadata.name);
      queue.happened(clusterEvents.nodeDelete);
    },
  });
}

function watchObjects(
  type: ResourceType,
  event: ClusterEvent | undefined,
  { informers, state, queue }: WatchClusterOptions,
): void {
  const changed = (object: KubeObject) => {
    state.setObject(type, object);
    if (event) queue.happened(event);
  };
  informers.informer(type).addHandler({
    added: changed,
    updated: (_, object) => changed(object),
    deleted(object) {
      state.removeObject(type, object);
      if (event) queue.happened(event);
    },
  });
}

/** What plugins read beside nodes and pods, and what a change of it means to pods that wait. */
export function otherKinds(): readonly (readonly [ResourceType, ClusterEvent | undefined])[] {
  const volumes = [
    'persistentvolumes',
    'persistentvolumeclaims',
    'storageclasses',
    'csinodes',
    'csidrivers',
    'csistoragecapacities',
    'volumeattachments',
  ];
  // Default spread constraints take their selectors from these; they only score.
  const owners = ['services', 'replicationcontrollers', 'replicasets', 'statefulsets'];
  const known = (names: readonly string[], event?: ClusterEvent) =>
    resourceTypes
      .filter(({ resource }) => names.includes(resource))
      .map((type) => [type, event] as const);
  return [
    [namespaces, clusterEvents.namespaceChange],
    ...known(volumes, clusterEvents.volumeChange),
    ...known(owners),
    ...known(['poddisruptionbudgets']),
  ];
}

const isFinished = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';
