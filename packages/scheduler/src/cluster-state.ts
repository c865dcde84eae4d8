import { namespaces } from '@berth/api';
import type { KubeObject, Labels, Node, Pod, ResourceType } from '@berth/api';
import { createChangeLog } from './cluster/change-log.ts';
import type { ChangeLog } from './cluster/change-log.ts';
import { createColumns } from './cluster/columns.ts';
import type { Columns } from './cluster/columns.ts';
import { createImages } from './cluster/images.ts';
import type { Images } from './cluster/images.ts';
import { createNominations } from './cluster/nominations.ts';
import type { Nominations } from './cluster/nominations.ts';
import { createClusterObjects, noLabels } from './cluster/objects.ts';
import type { ClusterObjects } from './cluster/objects.ts';
import { selectorKeys } from './cluster/selector-keys.ts';
import { isSameToPlacement } from './cluster/same-node.ts';
import { createTallies } from './cluster/tallies.ts';
import type { Tallies } from './cluster/tallies.ts';
import { createTopologies } from './cluster/topologies.ts';
import type { Topologies } from './cluster/topologies.ts';
import { createNodeInfo } from './node-info.ts';
import type { MutableNodeInfo, NodeInfo } from './node-info.ts';
import { createPodInfo } from './pod-info.ts';
import type { PodInfo } from './pod-info.ts';
import { createPodShapes } from './pod-shapes.ts';
import { amountsOf } from './resources.ts';

/** What plugins see of the cluster. */
export interface ClusterView {
  nodes(): Iterable<NodeInfo>;
  node(name: string): NodeInfo | undefined;
  /** By `NodeInfo.index`. */
  nodeAt(index: number): NodeInfo | undefined;
  readonly nodeCount: number;
  /** Indexes are below it. */
  readonly indexEnd: number;
  readonly columns: Columns;
  readonly topologies: Topologies;
  readonly tallies: Tallies;
  readonly images: Pick<Images, 'nodesWith'>;
  /** Services, Namespaces, volumes and whatever else is neither a node nor a pod. */
  readonly objects: ClusterObjects;
  namespaceLabels(name: string): Labels;
}

/**
 * The nodes and what their pods ask for: what informers report, plus the placements this scheduler has decided
 * (assumed) and not yet seen confirmed. An assumed pod counts from the moment of the decision, so that the next
 * decision sees it.
 *
 *   (nothing) --assume--> assumed --addPod (the informer saw it)--> known --removePod--> (nothing)
 *                            \--forget (the bind failed)--> (nothing)
 */
export interface ClusterState extends ClusterView, Nominations {
  /** The pod as decisions see it. Pods of one shape share the shape. */
  podInfo(pod: Pod): PodInfo;
  setNode(node: Node): void;
  /** Its pods are remembered, for the case that the node comes back. */
  removeNode(name: string): void;
  setObject(type: ResourceType, object: KubeObject): void;
  removeObject(type: ResourceType, object: KubeObject): void;
  assume(pod: PodInfo, nodeName: string): void;
  forget(key: string): void;
  isAssumed(key: string): boolean;
  addPod(pod: PodInfo, nodeName: string): void;
  removePod(key: string): void;
  /** Where the pod counts, assumed or known. */
  placementOf(key: string): Placement | undefined;
  readonly changes: ChangeLog;
  /** Moves with every change that a decision may depend on. While it stands still, so do all answers. */
  readonly revision: number;
  /** Moves when shapes become finer. */
  readonly shapeEpoch: number;
  /** The pod by the shape that it has now: shapes become finer when selectors ask for more labels. */
  renewed(pod: PodInfo): PodInfo;
}

interface Placement {
  readonly pod: PodInfo;
  readonly nodeName: string;
  readonly assumed: boolean;
}

export function createClusterState(): ClusterState {
  const byName = new Map<string, MutableNodeInfo>();
  const byIndex: (MutableNodeInfo | undefined)[] = [];
  const freeIndexes: number[] = [];
  const placements = new Map<string, Placement>();
  /** Pods of nodes that are not known, by the node's name. */
  const waiting = new Map<string, Set<string>>();
  const columns = createColumns();
  const topologies = createTopologies(function* () {
    for (const { index, node } of byName.values()) yield [index, labelsOf(node)] as const;
  });
  const tallies = createTallies(() => byName.values());
  const images = createImages();
  const objects = createClusterObjects();
  const shapes = createPodShapes();
  const nominations = createNominations((nodeName) => {
    promises += 1;
    const node = byName.get(nodeName);
    if (node) changes.add(node.index, 'node');
  });
  const changes = createChangeLog();
  let objectChanges = 0;
  let promises = 0;

  const count = (node: MutableNodeInfo, { shape }: PodInfo, by: 1 | -1) => {
    columns.add(node.index, shape.requests, shape.placedScoringRequests, by);
    tallies.placed(node.index, shape, by);
    changes.add(node.index, 'pods');
  };
  /** The same pod on the same node and to the same effect, as when a bind is confirmed or a status changes. */
  const replace = (before: Placement, after: Placement) => {
    placements.set(after.pod.key, after);
    const node = byName.get(after.nodeName);
    if (!node) return;
    node.pods[node.pods.indexOf(before.pod)] = after.pod;
    // Of pods that are alike otherwise, the one that started last makes room for others.
    if (before.pod.pod.status?.startTime !== after.pod.pod.status?.startTime)
      changes.add(node.index, 'pods');
  };
  const renewed = (pod: PodInfo) =>
    pod.epoch === shapes.epoch ? pod : createPodInfo(pod.pod, shapes);
  const put = (asked: Placement) => {
    const pod = renewed(asked.pod);
    const placement = { ...asked, pod };
    const { nodeName } = placement;
    const before = placements.get(pod.key);
    if (before?.nodeName === nodeName && before.pod.shape === pod.shape)
      return replace(before, placement);
    drop(pod.key);
    placements.set(pod.key, placement);
    const node = byName.get(nodeName);
    if (!node) {
      const others = waiting.get(nodeName);
      if (others) others.add(pod.key);
      else waiting.set(nodeName, new Set([pod.key]));
      return;
    }
    node.pods.push(pod);
    count(node, pod, 1);
  };
  const drop = (key: string) => {
    const placement = placements.get(key);
    if (!placement) return;
    placements.delete(key);
    const node = byName.get(placement.nodeName);
    if (!node) return void waiting.get(placement.nodeName)?.delete(key);
    const at = node.pods.indexOf(placement.pod);
    node.pods[at] = node.pods[node.pods.length - 1]!;
    node.pods.pop();
    count(node, placement.pod, -1);
  };
  /** Tells everybody what the node is now; nothing when it is gone. */
  const announce = (index: number, node: NodeInfo | undefined) => {
    columns.setAllocatable(index, node ? allocatableOf(node.node) : amountsOf(undefined));
    topologies.setNode(index, node && labelsOf(node.node));
    tallies.nodeChanged(index, node);
    changes.add(index, 'node');
  };
  const addNode = (node: Node) => {
    const index = freeIndexes.pop() ?? byIndex.length;
    columns.reserve(index + 1);
    const info = createNodeInfo(index, node, columns);
    byName.set(info.name, info);
    byIndex[index] = info;
    images.count(node, 1);
    announce(index, info);
    const keys = waiting.get(info.name) ?? [];
    waiting.delete(info.name);
    for (const key of keys) {
      const { pod } = placements.get(key)!;
      info.pods.push(pod);
      count(info, pod, 1);
    }
  };
  /** Places every pod anew whose shape has become too coarse. */
  const refine = () => {
    for (const placement of placements.values()) {
      const pod = createPodInfo(placement.pod.pod, shapes);
      if (pod.shape !== placement.pod.shape) put({ ...placement, pod });
    }
  };
  /** A selector asks for these labels: pods that differ in them must not share a shape any more. */
  const mention = (labels: readonly string[]) => {
    if (shapes.mention(labels)) refine();
  };

  return {
    nodes: () => byName.values(),
    node: (name) => byName.get(name),
    nodeAt: (index) => byIndex[index],
    get nodeCount() {
      return byName.size;
    },
    get indexEnd() {
      return byIndex.length;
    },
    columns,
    topologies,
    tallies,
    images,
    objects,
    namespaceLabels: (name) =>
      objects.get(namespaces, undefined, name)?.metadata.labels ?? noLabels,
    podInfo(pod) {
      const before = shapes.epoch;
      const info = createPodInfo(pod, shapes);
      if (shapes.epoch !== before) refine();
      return info;
    },
    setNode(node) {
      const known = byName.get(node.metadata.name);
      if (!known) return addNode(node);
      const before = known.node;
      known.node = node;
      if (isSameToPlacement(before, node)) return;
      images.count(before, -1);
      images.count(node, 1);
      announce(known.index, known);
    },
    removeNode(name) {
      const node = byName.get(name);
      if (!node) return;
      for (const pod of node.pods) count(node, pod, -1);
      waiting.set(name, new Set(node.pods.map(({ key }) => key)));
      images.count(node.node, -1);
      byName.delete(name);
      byIndex[node.index] = undefined;
      freeIndexes.push(node.index);
      announce(node.index, undefined);
    },
    setObject(type, object) {
      if (!objects.set(type, object)) return;
      objectChanges += 1;
      mention(selectorKeys(object));
    },
    removeObject(type, object) {
      objectChanges += 1;
      objects.remove(type, object);
    },
    assume: (pod, nodeName) => put({ pod, nodeName, assumed: true }),
    forget(key) {
      if (placements.get(key)?.assumed) drop(key);
    },
    isAssumed: (key) => placements.get(key)?.assumed ?? false,
    addPod: (pod, nodeName) => put({ pod, nodeName, assumed: false }),
    removePod: drop,
    placementOf: (key) => placements.get(key),
    ...nominations,
    changes,
    get revision() {
      return changes.end + objectChanges + promises;
    },
    get shapeEpoch() {
      return shapes.epoch;
    },
    renewed,
  };
}

const allocatableOf = ({ status }: Node) => amountsOf(status?.allocatable ?? status?.capacity);
const labelsOf = ({ metadata }: Node): Labels => metadata.labels ?? noLabels;
