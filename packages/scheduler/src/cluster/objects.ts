import { isDeepEqual } from '@berth/api';
import type { KubeObject, Labels, ResourceType } from '@berth/api';

type Kind = Pick<ResourceType, 'group' | 'resource'>;

/** What plugins read beside nodes and pods: Services, ReplicaSets, Namespaces, volumes and so on. */
export interface ClusterObjects {
  get<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    name: string,
  ): T | undefined;
  /** All of a namespace, or all there are. */
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): Iterable<T>;
  /** Moves whenever an object of one of the kinds comes, changes or goes. */
  revision(...types: readonly Kind[]): number;
}

export interface MutableClusterObjects extends ClusterObjects {
  /** Whether anything but the status and the bookkeeping is new. */
  set(type: ResourceType, object: KubeObject): boolean;
  remove(type: ResourceType, object: KubeObject): void;
}

export const noLabels: Labels = {};

export function createClusterObjects(): MutableClusterObjects {
  /** By kind, namespace and name. */
  const kinds = new Map<string, Map<string, Map<string, KubeObject>>>();
  const revisions = new Map<string, number>();
  const idOf = ({ group, resource }: Kind) => `${group}/${resource}`;
  const moved = (type: Kind) => {
    const id = idOf(type);
    revisions.set(id, (revisions.get(id) ?? 0) + 1);
  };
  return {
    get: <T extends KubeObject>(
      type: ResourceType<T>,
      namespace: string | undefined,
      name: string,
    ) =>
      kinds
        .get(idOf(type))
        ?.get(namespace ?? '')
        ?.get(name) as T | undefined,
    *list<T extends KubeObject>(type: ResourceType<T>, namespace?: string) {
      const spaces = kinds.get(idOf(type));
      if (!spaces) return;
      const asked = namespace === undefined ? spaces.values() : [spaces.get(namespace)];
      for (const space of asked) if (space) yield* space.values() as Iterable<T>;
    },
    revision: (...types) => types.reduce((sum, type) => sum + (revisions.get(idOf(type)) ?? 0), 0),
    set(type, object) {
      const { namespace = '', name } = object.metadata;
      const spaces = getOrMake(kinds, idOf(type), () => new Map<string, Map<string, KubeObject>>());
      const space = getOrMake(spaces, namespace, () => new Map<string, KubeObject>());
      const before = space.get(name);
      space.set(name, object);
      if (before && (before === object || isSame(before, object))) return false;
      moved(type);
      return true;
    },
    remove(type, { metadata: { namespace = '', name } }) {
      if (kinds.get(idOf(type))?.get(namespace)?.delete(name)) moved(type);
    },
  };
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Kinds without a spec say what they say anywhere; of the others only little of the status matters. */
function isSame(before: KubeObject, after: KubeObject): boolean {
  if (!('spec' in before) || !('spec' in after)) return false;
  const { labels, annotations, deletionTimestamp } = before.metadata;
  return (
    deletionTimestamp === after.metadata.deletionTimestamp &&
    isDeepEqual(before.spec, after.spec) &&
    isDeepEqual(labels, after.metadata.labels) &&
    isDeepEqual(annotations, after.metadata.annotations) &&
    isDeepEqual(tellingStatus(before), tellingStatus(after))
  );
}

/** Whether volumes and claims can be used, and how many more pods a disruption budget lets go. */
function tellingStatus(object: KubeObject): readonly unknown[] {
  const { phase, disruptionsAllowed, disruptedPods } =
    'status' in object ? ((object.status ?? {}) as Readonly<Record<string, unknown>>) : {};
  return [phase, disruptionsAllowed, disruptedPods];
}
