import { apiVersionOf } from '@berth/api';
import type { KubeObject, OwnerReference, ResourceType } from '@berth/api';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** An object as the garbage collector knows it. */
export interface GraphNode {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
  readonly isDeleting: boolean;
  readonly finalizers: readonly string[];
}

/** Who owns whom, by uid, for every object of the cluster. */
export interface OwnerGraph {
  /** Returns the uids whose fate this change may touch. */
  put(type: ResourceType, object: KubeObject): readonly string[];
  remove(uid: string): readonly string[];
  get(uid: string): GraphNode | undefined;
  dependentsOf(uid: string): readonly GraphNode[];
  typeOf(owner: Pick<OwnerReference, 'apiVersion' | 'kind'>): ResourceType | undefined;
  /** Owners of these types can be judged from now on. Returns the uids of their dependents. */
  learn(types: readonly ResourceType[]): readonly string[];
  /**
   * Takes out the objects of a type that is not served any more. What they own stays: nobody can tell whether they are gone
   * or only out of sight. Returns the uids of those who own them.
   */
  forget(type: ResourceType): readonly string[];
}

const kindOf = (type: ResourceType) => `${apiVersionOf(type)}/${type.kind}`;

export function createOwnerGraph(): OwnerGraph {
  const nodes = new Map<string, GraphNode>();
  const dependents = new Map<string, Set<string>>();
  const byKind = new Map<string, ResourceType>();

  const link = (node: GraphNode) => {
    for (const { uid } of node.owners) {
      const set = dependents.get(uid) ?? new Set();
      set.add(node.uid);
      dependents.set(uid, set);
    }
  };
  const unlink = (node: GraphNode) => {
    for (const { uid } of node.owners) {
      const set = dependents.get(uid);
      set?.delete(node.uid);
      if (set?.size === 0) dependents.delete(uid);
    }
  };
  const uidsOf = (uid: string) => [...(dependents.get(uid) ?? [])];
  const remove = (uid: string): readonly string[] => {
    const node = nodes.get(uid);
    if (!node) return [];
    unlink(node);
    nodes.delete(uid);
    return [...uidsOf(uid), ...node.owners.map((owner) => owner.uid)];
  };

  return {
    put(type, object) {
      const before = nodes.get(object.metadata.uid);
      const node = nodeOf(type, object);
      if (before) unlink(before);
      nodes.set(node.uid, node);
      link(node);
      const touched = [node.uid];
      // A dependent that blocks its owner's deletion may have stopped doing so.
      if (before) touched.push(...before.owners.map(({ uid }) => uid));
      if (node.isDeleting && !before?.isDeleting) touched.push(...uidsOf(node.uid));
      return touched;
    },
    remove,
    get: (uid) => nodes.get(uid),
    dependentsOf: (uid) => uidsOf(uid).map((dependent) => nodes.get(dependent)!),
    typeOf: ({ apiVersion, kind }) => byKind.get(`${apiVersion}/${kind}`),
    learn(types) {
      const kinds = new Set(types.map(kindOf));
      for (const type of types) byKind.set(kindOf(type), type);
      const isOwned = ({ owners }: GraphNode) =>
        owners.some(({ apiVersion, kind }) => kinds.has(`${apiVersion}/${kind}`));
      return [...nodes.values()].filter(isOwned).map(({ uid }) => uid);
    },
    forget(type) {
      byKind.delete(kindOf(type));
      const own = [...nodes.values()].filter((node) => kindOf(node.type) === kindOf(type));
      return own.flatMap(({ uid }) => remove(uid));
    },
  };
}

const nodeOf = (type: ResourceType, { metadata }: KubeObject): GraphNode => ({
  type,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  owners: metadata.ownerReferences ?? [],
  isDeleting: metadata.deletionTimestamp !== undefined,
  finalizers: metadata.finalizers ?? [],
});
