import { conflict, keyOf, notFound, podGroups, pods } from '@berth/api';
import type { KubeObject, ObjectRef, Pod, PodGroup, ResourceType } from '@berth/api';
import type { Client, EventRecorder, InformerFactory, InformerHandler } from '@berth/client';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

export interface SmallClusterOptions {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** How likely it is that a bind is refused. */
  readonly refusals: number;
}

/**
 * As much of an API server as a scheduler needs, in this process and on a clock that may stand still: writes take a
 * moment each, and whoever watches hears of them at once.
 */
export interface SmallCluster {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly recorder: EventRecorder;
  put<T extends KubeObject>(type: ResourceType<T>, object: T): void;
  remove<T extends KubeObject>(type: ResourceType<T>, key: string): void;
  list<T extends KubeObject>(type: ResourceType<T>): readonly T[];
  /** How often each pod was bound, by uid. */
  readonly binds: ReadonlyMap<string, number>;
  /** Another scheduler takes over: who watched until now hears nothing any more. */
  forgetWatchers(): void;
}

export function createSmallCluster({ clock, random, refusals }: SmallClusterOptions): SmallCluster {
  const objects = new Map<string, Map<string, KubeObject>>();
  let handlers = new Map<string, Set<InformerHandler<KubeObject>>>();
  const binds = new Map<string, number>();
  let version = 0;

  const in_ = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
    const known = map.get(key) ?? make();
    map.set(key, known);
    return known;
  };
  const all = <T extends KubeObject>({ resource }: ResourceType<T>) =>
    in_(objects, resource, () => new Map<string, KubeObject>()) as unknown as Map<string, T>;
  const watching = ({ resource }: ResourceType) => in_(handlers, resource, () => new Set());
  const put = <T extends KubeObject>(type: ResourceType<T>, object: T) => {
    version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(version) };
    const next: T = { ...object, metadata };
    const key = keyOf(next);
    const before = all(type).get(key);
    all(type).set(key, next);
    for (const handler of watching(type)) {
      if (before) handler.updated?.(before, next);
      else handler.added?.(next);
    }
  };
  const remove = <T extends KubeObject>(type: ResourceType<T>, key: string) => {
    const last = all(type).get(key);
    all(type).delete(key);
    if (last) for (const handler of watching(type)) handler.deleted?.(last);
  };
  const find = <T extends KubeObject>(type: ResourceType<T>, { namespace, name }: ObjectRef): T => {
    const object = all(type).get(namespace === undefined ? name : `${namespace}/${name}`);
    if (!object) throw notFound(type, name);
    return object;
  };
  const travel = () => sleep(clock, Math.floor(random() * 50));

  const bind = (pod: Pod, nodeName: string) => {
    if (pod.spec.nodeName) throw conflict(pods, pod.metadata.name, 'it has its node');
    binds.set(pod.metadata.uid, (binds.get(pod.metadata.uid) ?? 0) + 1);
    put(pods, { ...pod, spec: { ...pod.spec, nodeName } });
  };
  const setConditions = (type: ResourceType, object: KubeObject, patch: unknown) => {
    const { status = {} } = patch as {
      readonly status?: { readonly conditions?: readonly object[] };
    };
    const { conditions = [], ...rest } = status;
    const known = (object as Pod | PodGroup).status;
    const types = conditions.map((condition) => (condition as { type: string }).type);
    const kept = (known?.conditions ?? []).filter((condition) => !types.includes(condition.type));
    const next = { ...known, ...rest, conditions: [...kept, ...conditions] };
    put(type, { ...object, status: next } as KubeObject);
  };

  const calls: Partial<Record<keyof Client, (...args: never[]) => unknown>> = {
    getPath: () => Promise.resolve({ resources: [{ name: podGroups.resource }] }),
    async get(type: ResourceType, ref: ObjectRef) {
      await travel();
      return find(type, ref);
    },
    async createSubresource(_type: ResourceType, ref: ObjectRef, _name: string, body: unknown) {
      await travel();
      if (random() < refusals) throw conflict(pods, ref.name, 'not now');
      const pod = find(pods, ref);
      const { metadata, target } = body as {
        readonly metadata: { readonly uid: string };
        readonly target: { readonly name: string };
      };
      if (pod.metadata.uid !== metadata.uid) throw conflict(pods, ref.name, 'it is another one');
      bind(pod, target.name);
      await travel();
    },
    async patch(type: ResourceType, ref: ObjectRef, _kind: string, patch: unknown) {
      await travel();
      setConditions(type, find(type, ref), patch);
    },
    async remove(type: ResourceType, ref: ObjectRef) {
      await travel();
      remove(type, keyOf(find(type, ref)));
    },
  };

  return {
    client: calls as unknown as Client,
    recorder: { event: () => undefined },
    informers: {
      informer: (type: ResourceType) => ({
        addHandler(handler: InformerHandler<KubeObject>) {
          watching(type).add(handler);
          for (const object of all(type).values()) handler.added?.(object);
          return () => watching(type).delete(handler);
        },
      }),
      synced: () => Promise.resolve(),
    } as unknown as InformerFactory,
    put,
    remove,
    list: (type) => [...all(type).values()],
    binds,
    forgetWatchers() {
      handlers = new Map();
    },
  };
}
