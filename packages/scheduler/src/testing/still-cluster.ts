import { conflict, keyOf, notFound, podGroups, pods } from '@berth/api';
import type { Binding, KubeObject, Pod, PodCondition, ResourceType } from '@berth/api';
import type { Client, EventRecorder, InformerFactory, InformerHandler } from '@berth/client';
import { formatTime, silentLogger } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { createSchedulerMetrics } from '../metrics.ts';
import { createScheduler } from '../scheduler.ts';

type Handler = InformerHandler<KubeObject>;

/** A scheduler with as much of an API server as it needs, in one process and on a clock that stands still. */
export interface StillCluster {
  readonly clock: FakeClock;
  add(type: ResourceType, object: KubeObject): void;
  update(type: ResourceType, object: KubeObject): void;
  /** Gone at once. */
  remove(type: ResourceType, name: string): void;
  pod(name: string): Pod;
  pods(): readonly Pod[];
  object<T extends KubeObject>(type: ResourceType<T>, name: string): T | undefined;
  objects<T extends KubeObject>(type: ResourceType<T>): readonly T[];
  /** Pods on nodes in the order in which they got there. */
  readonly bound: readonly string[];
  /** How often the scheduler has said of a pod why it waits. */
  readonly reports: ReadonlyMap<string, number>;
  /** Binds of these pods fail. */
  readonly unbindable: Set<string>;
  /** Evictions of these pods fail. */
  readonly unevictable: Set<string>;
  /** A scheduler that knows what is there. */
  start(): void;
  /** Ends the scheduler as if it were killed. */
  stop(): Promise<void>;
  /** Lets the scheduler do all that it can do at once. */
  settle(): Promise<void>;
}

export function createStillCluster(configuration: string): StillCluster {
  const clock = createFakeClock();
  const kinds = new Map<string, Map<string, KubeObject>>();
  const handlers = new Map<string, Set<Handler>>();
  const bound: string[] = [];
  const reports = new Map<string, number>();
  const unbindable = new Set<string>();
  const unevictable = new Set<string>();
  let running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  const objectsOf = ({ resource }: Pick<ResourceType, 'resource'>) => {
    const known = kinds.get(resource) ?? new Map<string, KubeObject>();
    kinds.set(resource, known);
    return known;
  };
  const told = ({ resource }: Pick<ResourceType, 'resource'>) => handlers.get(resource) ?? [];
  const put = (type: ResourceType, object: KubeObject) => {
    const objects = objectsOf(type);
    const before = objects.get(keyOf(object));
    objects.set(keyOf(object), object);
    for (const { added, updated } of told(type)) {
      if (before) updated?.(before, object);
      else added?.(object);
    }
  };
  const drop = (type: ResourceType, key: string) => {
    const object = objectsOf(type).get(key);
    if (!object) return;
    objectsOf(type).delete(key);
    for (const { deleted } of told(type)) deleted?.(object);
  };
  const existing = (type: ResourceType, metadata: { name: string; namespace?: string }) => {
    const object = objectsOf(type).get(keyOf({ metadata } as KubeObject));
    if (!object) throw notFound(type, metadata.name);
    return object;
  };
  const patchPod = (pod: Pod, { conditions = [], ...rest }: NonNullable<Pod['status']>) => {
    const kept = (pod.status?.conditions ?? []).filter(
      ({ type }) => !conditions.some((other: PodCondition) => other.type === type),
    );
    if (conditions.some(({ type }) => type === 'PodScheduled'))
      reports.set(pod.metadata.name, (reports.get(pod.metadata.name) ?? 0) + 1);
    const status = { ...pod.status, ...rest, conditions: [...kept, ...conditions] };
    put(pods, { ...pod, status } as Pod);
  };
  const client = {
    getPath: () => Promise.resolve({ resources: [{ name: podGroups.resource }] }),
    get: async (type: ResourceType, metadata: KubeObject['metadata']) => existing(type, metadata),
    async createSubresource(
      _: ResourceType,
      metadata: KubeObject['metadata'],
      __: string,
      body: Binding,
    ) {
      const pod = existing(pods, metadata) as Pod;
      if (unbindable.has(metadata.name)) throw conflict(pods, metadata.name, 'not now');
      bound.push(metadata.name);
      const status = { ...pod.status, startTime: formatTime(clock.now()) };
      put(pods, { ...pod, spec: { ...pod.spec, nodeName: body.target.name }, status } as Pod);
    },
    async patch(
      type: ResourceType,
      metadata: KubeObject['metadata'],
      _: string,
      patch: { readonly status: object },
    ) {
      const object = existing(type, metadata);
      if (type.kind === pods.kind) return patchPod(object as Pod, patch.status);
      if (type.kind === podGroups.kind) return;
      const { allocated, ...status } = patch.status as { readonly allocated?: object };
      const left = Object.entries(allocated ?? {}).filter(([, amount]) => amount !== null);
      put(type, {
        ...object,
        status: { ...status, ...(left.length > 0 && { allocated: Object.fromEntries(left) }) },
      } as KubeObject);
    },
    async remove(type: ResourceType, metadata: KubeObject['metadata']) {
      const object = existing(type, metadata) as Pod;
      if (unevictable.has(metadata.name)) throw new Error('not now');
      const deletionTimestamp = formatTime(clock.now());
      put(type, { ...object, metadata: { ...object.metadata, deletionTimestamp } });
    },
  } as unknown as Client;
  const informers = {
    informer: ({ resource }: ResourceType) => ({
      addHandler(handler: Handler) {
        const all = handlers.get(resource) ?? new Set();
        handlers.set(resource, all.add(handler));
        for (const object of objectsOf({ resource }).values()) handler.added?.(object);
        return () => all.delete(handler);
      },
    }),
    synced: () => Promise.resolve(),
  } as unknown as InformerFactory;
  const recorder: EventRecorder = { event: () => undefined };

  const key = ({ namespaced }: ResourceType, name: string) =>
    namespaced ? `default/${name}` : name;
  return {
    clock,
    add: put,
    update: put,
    remove: (type, name) => drop(type, key(type, name)),
    pod: (name) => existing(pods, { name, namespace: 'default' }) as Pod,
    pods: () => [...objectsOf(pods).values()] as Pod[],
    object: <T extends KubeObject>(type: ResourceType<T>, name: string) =>
      objectsOf(type).get(key(type, name)) as T | undefined,
    objects: <T extends KubeObject>(type: ResourceType<T>) => [...objectsOf(type).values()] as T[],
    bound,
    reports,
    unbindable,
    unevictable,
    start() {
      handlers.clear();
      const stop = new AbortController();
      const scheduler = createScheduler({
        ...{ client, informers, recorder, clock, random: () => 0.5, logger: silentLogger },
        metrics: createSchedulerMetrics(createMetrics()),
        configuration: readConfiguration(configuration),
      });
      running = { stop, ended: scheduler.run(stop.signal) };
    },
    async stop() {
      running?.stop.abort();
      await running?.ended;
      running = undefined;
    },
    async settle() {
      for (let i = 0; i < 4; i += 1) await clock.advance(0);
    },
  };
}
