import { toSelector } from '@berth/api';
import type {
  CSINode,
  LabelSelector,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  Selector,
  Service,
  StatefulSet,
  StorageClass,
  VolumeAttachment,
} from '@berth/api';

/** What a scheduler can know of a cluster, as API objects and nothing else. */
export interface World {
  readonly nodes: readonly Node[];
  /** Placed pods name their node in the spec. Of the others only the nominated ones matter. */
  readonly pods: readonly Pod[];
  readonly namespaces?: readonly Namespace[];
  readonly services?: readonly Service[];
  readonly replicationControllers?: readonly ReplicationController[];
  readonly replicaSets?: readonly ReplicaSet[];
  readonly statefulSets?: readonly StatefulSet[];
  readonly disruptionBudgets?: readonly PodDisruptionBudget[];
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly storageClasses?: readonly StorageClass[];
  readonly csiNodes?: readonly CSINode[];
  readonly attachments?: readonly VolumeAttachment[];
}

/** Why a node cannot take the pod. */
export interface Refusal {
  readonly plugin: string;
  readonly reasons: readonly string[];
  /** Whether the node could take the pod once other pods have left it. */
  readonly resolvable: boolean;
}

/** A filter: undefined lets the pod through. */
export type Filter = (pod: Pod, node: Node, world: World) => Refusal | undefined;

export const label = ({ metadata }: Node | Pod | Namespace, key: string): string | undefined => {
  const labels = metadata.labels ?? {};
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
};

export const priorityOf = ({ spec }: Pod): number => spec.priority ?? 0;

/** Pods that have ended hold nothing. */
const hasEnded = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

export const placedPods = ({ pods }: World): readonly Pod[] =>
  pods.filter((pod) => pod.spec.nodeName && !hasEnded(pod));

export const podsOn = (node: Node, world: World): readonly Pod[] =>
  placedPods(world).filter(({ spec }) => spec.nodeName === node.metadata.name);

export const nodeOf = ({ spec }: Pod, { nodes }: World): Node | undefined =>
  nodes.find(({ metadata }) => metadata.name === spec.nodeName);

export const isSamePod = (a: Pod, b: Pod): boolean => a.metadata.uid === b.metadata.uid;

export const without = (world: World, gone: readonly Pod[]): World => ({
  ...world,
  pods: world.pods.filter((pod) => !gone.some((other) => isSamePod(pod, other))),
});

/** No selector selects nothing, an empty one everything. */
export const selectorOf = (selector: LabelSelector | undefined): Selector | undefined =>
  toSelector(selector);
