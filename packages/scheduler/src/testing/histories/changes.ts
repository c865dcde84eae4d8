import {
  csiNodes,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  replicaSets,
  services,
  storageClasses,
  volumeAttachments,
} from '@berth/api';
import type {
  KubeObject,
  Namespace,
  Node,
  Pod,
  PodDisruptionBudget,
  ResourceType,
  Service,
} from '@berth/api';
import {
  makeMetadata,
  makeNamespace,
  makePodTemplate,
  makeReplicaSet,
  makeService,
} from '@berth/api/testing';
import type { World } from '../oracle/index.ts';
import type { History, Step } from './history.ts';
import { firstClasses } from './volumes.ts';
import type { VolumeStep } from './volumes.ts';
import { namespaceNames, replicaSetName } from './words.ts';
import type { Labels } from './words.ts';

/** What a watcher of the cluster is told. Pods are placed, nominated or neither, as they say themselves. */
export type Change =
  | { readonly kind: 'set-node'; readonly node: Node }
  | { readonly kind: 'remove-node'; readonly node: Node }
  | { readonly kind: 'set-pod'; readonly pod: Pod }
  | { readonly kind: 'remove-pod'; readonly pod: Pod }
  | { readonly kind: 'set-object'; readonly type: ResourceType; readonly object: KubeObject }
  | { readonly kind: 'remove-object'; readonly type: ResourceType; readonly object: KubeObject };

/** The world before anything happens, as changes to an empty one. */
export const firstChanges = ({ nodes, volumes }: History): readonly Change[] => [
  ...namespaceNames.map((name) => setObject(namespaces, namespaceWith(name, {}))),
  ...namespaceNames.map((namespace) => {
    const spec = {
      selector: {
        matchLabels: { app: 'a' },
        matchExpressions: [{ key: 'tier', operator: 'Exists' }],
      },
      template: makePodTemplate({ app: 'a', tier: 'x' }),
    };
    return setObject(
      replicaSets,
      makeReplicaSet(replicaSetName, spec, { metadata: { namespace } }),
    );
  }),
  ...firstClasses.map((each) => setObject(storageClasses, each)),
  ...volumes.map(volumeChange),
  ...nodes.map((node): Change => ({ kind: 'set-node', node })),
];

/** What a step comes to in this world; `index` tells it from the others and orders pods by age. */
export function changesOf(step: Step, index: number, world: World): readonly Change[] {
  const placed = world.pods.filter(({ spec }) => spec.nodeName);
  const pick = 'at' in step && placed.length > 0 ? placed[step.at % placed.length] : undefined;
  switch (step.kind) {
    case 'set-node':
      return [{ kind: 'set-node', node: step.node }];
    case 'remove-node': {
      const node = world.nodes.find(({ metadata }) => metadata.name === step.name);
      return node ? [{ kind: 'remove-node', node }] : [];
    }
    case 'place-pod':
      return [setPod(placedAs(named(step.pod, index), step.nodeName, index))];
    case 'nominate-pod':
      return [setPod({ ...named(step.pod, index), status: { nominatedNodeName: step.nodeName } })];
    case 'remove-pod':
      return pick ? [{ kind: 'remove-pod', pod: pick }] : [];
    case 'end-pod': {
      const conditions = step.isPreempted ? [preempted] : [];
      const metadata = { ...pick?.metadata, deletionTimestamp: timeOf(index) };
      return pick
        ? [
            setPod({
              ...pick,
              metadata: { ...pick.metadata, ...metadata },
              status: { ...pick.status, conditions },
            }),
          ]
        : [];
    }
    case 'label-pod':
      return pick ? [setPod({ ...pick, metadata: { ...pick.metadata, labels: step.labels } })] : [];
    case 'resize-pod':
      return pick ? [setPod(resized(pick, step.cpu, step.held))] : [];
    case 'label-namespace':
      return [setObject(namespaces, namespaceWith(step.name, step.labels))];
    case 'toggle-service': {
      const service = serviceFor(step.app);
      const known = world.services?.some(({ metadata }) => metadata.name === service.metadata.name);
      return [known ? removeObject(services, service) : setObject(services, service)];
    }
    case 'set-budget':
      return [setObject(podDisruptionBudgets, budgetFor(step.app, step.allowed, placed))];
    default:
      return [volumeChange(step)];
  }
}

function volumeChange(step: VolumeStep): Change {
  switch (step.kind) {
    case 'set-volume':
      return setObject(persistentVolumes, step.volume);
    case 'remove-volume':
      return removeObject(persistentVolumes, step.volume);
    case 'set-claim':
      return setObject(persistentVolumeClaims, step.claim);
    case 'remove-claim':
      return removeObject(persistentVolumeClaims, step.claim);
    case 'set-class':
      return setObject(storageClasses, step.storageClass);
    case 'remove-class':
      return removeObject(storageClasses, step.storageClass);
    case 'set-attachment':
      return setObject(volumeAttachments, step.attachment);
    case 'remove-attachment':
      return removeObject(volumeAttachments, step.attachment);
    case 'set-csi-node':
      return setObject(csiNodes, step.csiNode);
    case 'remove-csi-node':
      return removeObject(csiNodes, step.csiNode);
  }
}

const preempted = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' };

const setPod = (pod: Pod): Change => ({ kind: 'set-pod', pod });
const setObject = <T extends KubeObject>(type: ResourceType<T>, object: T): Change => ({
  kind: 'set-object',
  type,
  object,
});
const removeObject = <T extends KubeObject>(type: ResourceType<T>, object: T): Change => ({
  kind: 'remove-object',
  type,
  object,
});

const namespaceWith = (name: string, labels: Labels): Namespace => {
  const namespace = makeNamespace(name);
  return { ...namespace, metadata: { ...namespace.metadata, labels } };
};

const serviceFor = (app: string): Service =>
  makeService(
    `service-${app}`,
    { selector: { app } },
    { metadata: makeMetadata(`service-${app}`) },
  );

/** The oldest pod is being evicted already. */
function budgetFor(app: string, disruptionsAllowed: number, pods: readonly Pod[]) {
  const [oldest] = pods;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: makeMetadata(`budget-${app}`),
    spec: { selector: { matchLabels: { app } } },
    status: {
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
      disruptionsAllowed,
      disruptedPods: oldest ? { [oldest.metadata.name]: '2026-01-01T00:00:00Z' } : {},
    },
  } satisfies PodDisruptionBudget;
}

const named = (pod: Pod, index: number): Pod => {
  const name = `p${index}`;
  return { ...pod, metadata: { ...pod.metadata, name, uid: `uid-${name}` } };
};

const placedAs = (pod: Pod, nodeName: string, index: number): Pod => ({
  ...pod,
  spec: { ...pod.spec, nodeName },
  status: { phase: 'Running', startTime: timeOf(index) },
});

const timeOf = (index: number) =>
  new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString().replace('.000', '');

/** The first container now asks for `cpu` and still holds what it held. */
function resized(pod: Pod, cpu: string, held: string): Pod {
  const [first, ...others] = pod.spec.containers;
  const container = { ...first!, resources: { requests: { ...first?.resources?.requests, cpu } } };
  const status = {
    name: container.name,
    image: '',
    imageID: '',
    ready: true,
    restartCount: 0,
    resources: { requests: { cpu: held } },
  };
  return {
    ...pod,
    spec: { ...pod.spec, containers: [container, ...others] },
    status: { ...pod.status, containerStatuses: [status] },
  };
}

/** The world after a change. */
export function applyChange(world: World, change: Change): World {
  switch (change.kind) {
    case 'set-node':
      return { ...world, nodes: withObject(world.nodes, change.node) };
    case 'remove-node':
      return { ...world, nodes: withoutObject(world.nodes, change.node) };
    case 'set-pod':
      return { ...world, pods: withObject(world.pods, change.pod) };
    case 'remove-pod':
      return { ...world, pods: withoutObject(world.pods, change.pod) };
    case 'set-object':
    case 'remove-object': {
      const list = change.kind === 'set-object' ? withObject : withoutObject;
      const field = fieldOf(change.type);
      return { ...world, [field]: list(world[field] ?? [], change.object) };
    }
  }
}

const fields = {
  namespaces: 'namespaces',
  services: 'services',
  replicasets: 'replicaSets',
  poddisruptionbudgets: 'disruptionBudgets',
  persistentvolumeclaims: 'claims',
  persistentvolumes: 'volumes',
  storageclasses: 'storageClasses',
  csinodes: 'csiNodes',
  volumeattachments: 'attachments',
} as const;

function fieldOf({ resource }: ResourceType): (typeof fields)[keyof typeof fields] {
  if (resource in fields) return fields[resource as keyof typeof fields];
  throw new Error(`histories know no ${resource}`);
}

const isSame = (a: KubeObject, b: KubeObject) =>
  a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;

const withoutObject = <T extends KubeObject>(all: readonly T[], object: KubeObject): readonly T[] =>
  all.filter((other) => !isSame(other, object));

/** In its old place, or last. */
const withObject = <T extends KubeObject>(all: readonly T[], object: T): readonly T[] =>
  all.some((other) => isSame(other, object))
    ? all.map((other) => (isSame(other, object) ? object : other))
    : [...all, object];
