import { keyOf } from '@berth/api';
import type {
  ConfigMap,
  Draft,
  EndpointSlice,
  KubeObject,
  Node,
  ObjectMeta,
  ObjectRef,
  Pod,
  PodStatus,
  Secret,
  Service,
} from '@berth/api';
import type { Clock } from '@berth/component-base';

import type { ControlPlane, Level, StreamHandlers, Usage } from '../control-plane.ts';

/** A level that a test writes to. */
export interface MemoryLevel<T extends KubeObject> extends Level<T> {
  put(object: T): void;
  remove(key: string): void;
}

export interface RecordedEvent {
  readonly object: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly fieldPath: string | undefined;
}

/** A control plane in memory that behaves towards one agent as an API server does. */
export interface MemoryControlPlane extends ControlPlane {
  readonly pods: MemoryLevel<Pod>;
  readonly services: MemoryLevel<Service>;
  readonly endpointSlices: MemoryLevel<EndpointSlice>;
  readonly configMaps: MemoryLevel<ConfigMap>;
  readonly secrets: MemoryLevel<Secret>;
  readonly nodes: MemoryLevel<Node>;
  readonly events: readonly RecordedEvent[];
  /** Every status that was accepted, oldest first. */
  readonly statuses: readonly { readonly uid: string; readonly status: PodStatus }[];
  readonly usages: readonly Usage[];
  readonly heartbeats: () => number;
  /** As `kubectl delete`: the pod goes when the agent is done with it. */
  deletePod(key: string, graceSeconds?: number): void;
  /** While cut, every report fails. */
  cut(isCut: boolean): void;
  /** The handlers of the agent that runs. */
  streams(): StreamHandlers;
}

export function createMemoryControlPlane(clock: Clock): MemoryControlPlane {
  const events: RecordedEvent[] = [];
  const statuses: { uid: string; status: PodStatus }[] = [];
  const usages: Usage[] = [];
  const pods = createMemoryLevel<Pod>();
  const nodes = createMemoryLevel<Node>();
  let isCut = false;
  let heartbeats = 0;
  let tokens = 0;
  let handlers: StreamHandlers | undefined;

  const answer = () => {
    if (isCut) throw new Error('the control plane is out of reach');
  };
  const podOf = (ref: ObjectRef, uid: string) => {
    const pod = pods.get(`${ref.namespace ?? ''}/${ref.name}`);
    return pod?.metadata.uid === uid ? pod : undefined;
  };

  return {
    pods,
    nodes,
    services: createMemoryLevel(),
    endpointSlices: createMemoryLevel(),
    configMaps: createMemoryLevel(),
    secrets: createMemoryLevel(),
    events,
    statuses,
    usages,
    heartbeats: () => heartbeats,
    cut: (value) => (isCut = value),
    streams() {
      if (!handlers) throw new Error('no agent runs');
      return handlers;
    },
    deletePod(key, graceSeconds) {
      const pod = pods.get(key);
      if (!pod) return;
      const { deletionGracePeriodSeconds: known } = pod.metadata;
      const grace = graceSeconds ?? known ?? pod.spec.terminationGracePeriodSeconds ?? 30;
      if (grace === 0) return pods.remove(key);
      const metadata = {
        ...pod.metadata,
        deletionTimestamp: new Date(clock.now() + grace * 1000).toISOString(),
        deletionGracePeriodSeconds: grace,
      };
      pods.put({ ...pod, metadata });
    },
    async register(draft) {
      answer();
      const metadata = { creationTimestamp: '', resourceVersion: '1', uid: 'n', name: '' };
      const node: Node = { ...draft, metadata: { ...metadata, ...draft.metadata } };
      nodes.put(node);
      return node;
    },
    async reportHealth(status) {
      answer();
      heartbeats += 1;
      const [node] = nodes.list();
      if (node && status) nodes.put({ ...node, status });
      return node !== undefined;
    },
    async reportPodStatus(ref, uid, status) {
      answer();
      const pod = podOf(ref, uid);
      if (!pod) return false;
      statuses.push({ uid, status });
      pods.put({ ...pod, status });
      return true;
    },
    async removePod(ref, uid) {
      answer();
      const pod = podOf(ref, uid);
      if (pod) pods.remove(keyOf(pod));
    },
    async reportUsage(usage) {
      answer();
      usages.push(usage);
    },
    async issueToken({ namespace = '', name }, { expirationSeconds }) {
      answer();
      tokens += 1;
      const token = `${namespace}/${name}/${tokens}`;
      return { token, expiresAtMs: clock.now() + expirationSeconds * 1000 };
    },
    recorder: {
      event(about, type, reason, message, { fieldPath } = {}) {
        events.push({ object: keyOf(about), type, reason, message, fieldPath });
      },
    },
    async run(streams, signal) {
      handlers = streams;
      await aborted(signal);
      handlers = undefined;
    },
  };
}

function createMemoryLevel<T extends KubeObject>(): MemoryLevel<T> {
  const objects = new Map<string, T>();
  const handlers = new Set<(key: string) => void>();
  const tell = (key: string) => {
    for (const handler of handlers) handler(key);
  };
  return {
    hasSynced: () => true,
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    onChange(fn) {
      handlers.add(fn);
      return () => handlers.delete(fn);
    },
    put(object) {
      objects.set(keyOf(object), object);
      tell(keyOf(object));
    },
    remove(key) {
      objects.delete(key);
      tell(key);
    },
  };
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

let uids = 0;

const metadataOf = (given: Partial<ObjectMeta>): ObjectMeta => ({
  name: 'a',
  namespace: 'default',
  uid: given.uid ?? `uid-${++uids}`,
  creationTimestamp: '2026-01-01T00:00:00Z',
  resourceVersion: '1',
  ...given,
});

/** A pod of one container `c` unless `spec` says otherwise. */
export function makePod(
  draft: Partial<Omit<Draft<Pod>, 'spec'>> & { spec?: Partial<Pod['spec']> } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf({ generation: 1, ...draft.metadata }),
    spec: {
      containers: [{ name: 'c', image: 'busybox', imagePullPolicy: 'IfNotPresent' }],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      nodeName: 'node',
      ...draft.spec,
    },
    ...(draft.status && { status: draft.status }),
  };
}

export const makeConfigMap = (name: string, data: Readonly<Record<string, string>>): ConfigMap => ({
  metadata: metadataOf({ name }),
  data,
});

/** `data` is given as plain text. */
export const makeSecret = (name: string, data: Readonly<Record<string, string>>): Secret => ({
  metadata: metadataOf({ name }),
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
});
