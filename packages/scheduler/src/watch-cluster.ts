import { keyOf, nodes, pods } from '@berth/api';
import type { Node, Pod } from '@berth/api';
import type { InformerFactory } from '@berth/client';
import type { ClusterState } from './cluster-state.ts';
import type { Engine } from './engine/engine.ts';
import type { QueuedPod, SchedulingQueue } from './queue.ts';

export interface WatchClusterOptions {
  readonly informers: InformerFactory;
  readonly state: ClusterState;
  readonly queue: SchedulingQueue;
  readonly engine: Engine;
  /** Pods of other schedulers are counted, never placed. */
  readonly schedulerName: string;
}

/** Feeds what happens in the cluster into the state and the queue. */
export function watchCluster({
  informers,
  state,
  queue,
  engine,
  schedulerName,
}: WatchClusterOptions): void {
  const isOurs = ({ metadata, spec }: Pod) =>
    !spec.nodeName &&
    spec.schedulerName === schedulerName &&
    !metadata.deletionTimestamp &&
    (spec.schedulingGates ?? []).length === 0;

  /** Another attempt helps a parked pod when none of the plugins that refused it refuses this node now. */
  const nodeChanged = (name: string) => {
    const node = state.node(name);
    if (!node) return;
    queue.moved(({ info, refusedBy }: QueuedPod) => {
      const answer = engine.judge(info, node);
      return answer.verdict.ok || (refusedBy.size > 0 && !refusedBy.has(answer.refusedBy));
    });
  };
  const left = (pod: Pod) => {
    const key = keyOf(pod);
    queue.remove(key);
    state.removePod(key);
    if (pod.spec.nodeName) nodeChanged(pod.spec.nodeName);
  };
  const came = (pod: Pod, before?: Pod) => {
    if (isFinished(pod)) return left(pod);
    if (pod.spec.nodeName) {
      queue.remove(keyOf(pod));
      state.addPod(state.podInfo(pod), pod.spec.nodeName);
      // Resources can shrink in place, and that makes room.
      if (before?.spec.nodeName && before.spec !== pod.spec) nodeChanged(pod.spec.nodeName);
      return;
    }
    if (!isOurs(pod)) return queue.remove(keyOf(pod));
    if (state.isAssumed(keyOf(pod))) return;
    const info = state.podInfo(pod);
    if (before && isOurs(before) && !concernsPlacement(before, pod)) queue.refresh(info);
    else queue.add(info);
  };

  informers.informer(pods).addHandler({
    added: (pod) => came(pod),
    updated: (before, pod) => {
      // Another pod under the same name: the first one's end was not seen.
      if (before.metadata.uid !== pod.metadata.uid) left(before);
      came(pod, before.metadata.uid === pod.metadata.uid ? before : undefined);
    },
    deleted: left,
  });
  informers.informer(nodes).addHandler({
    added: (node) => {
      state.setNode(node);
      nodeChanged(node.metadata.name);
    },
    updated: (before, node) => {
      state.setNode(node);
      if (placementChanged(before, node)) nodeChanged(node.metadata.name);
    },
    deleted: (node) => state.removeNode(node.metadata.name),
  });
}

const isFinished = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

const concernsPlacement = (before: Pod, after: Pod) =>
  !same(before.spec, after.spec) || !same(before.metadata.labels, after.metadata.labels);

/** Heartbeats change conditions only; those reach the scheduler as taints. */
const placementChanged = (before: Node, after: Node) =>
  !same(before.spec, after.spec) ||
  !same(before.metadata.labels, after.metadata.labels) ||
  !same(before.status?.allocatable, after.status?.allocatable);

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
