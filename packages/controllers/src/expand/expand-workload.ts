import {
  apiVersionOf,
  daemonSets,
  deployments,
  jobs,
  persistentVolumeClaims,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '@berth/api';
import type {
  DaemonSet,
  Deployment,
  Draft,
  Job,
  KubeObject,
  Node,
  Pod,
  PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
  ResourceType,
  StatefulSet,
} from '@berth/api';
import { findNewReplicaSet } from '../deployment/revisions.ts';
import { planDeployment } from '../deployment/plan.ts';
import { controllerOf, controllerReference } from '../owned.ts';
import { isActive } from '../pods.ts';
import { daemonPodSpec } from './daemon-pod-spec.ts';

/** What there is already, as far as it matters for a workload. */
export interface Present {
  readonly nodes: readonly Node[];
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: readonly Pod[];
}

/** Pods that are alike but for their names. */
export interface PodBatch {
  readonly draft: Draft<Pod>;
  readonly count: number;
}

export interface Expansion {
  /** Objects that controllers make on the way, such as the ReplicaSet of a Deployment. */
  readonly made: readonly { readonly type: ResourceType; readonly object: KubeObject }[];
  /** Pods that controllers would make beside those that are there, in their order. */
  readonly pods: readonly PodBatch[];
  /** Pods that go because the workload changes. */
  readonly gone: readonly Pod[];
}

const nothing: Expansion = { made: [], pods: [], gone: [] };

/**
 * The pods that the controllers would make of a workload as the server would store it, when all is done. Kinds that have no
 * pods, and CronJobs, whose pods come at their time, give none. The pods of an older template count as gone.
 */
export function expandWorkload(
  type: ResourceType,
  object: KubeObject,
  present: Present,
): Expansion {
  const ofKind = (known: ResourceType) =>
    type.kind === known.kind && apiVersionOf(type) === apiVersionOf(known);
  if (ofKind(deployments)) return expandDeployment(object as Deployment, present);
  if (ofKind(replicaSets)) return expandReplicas(replicaSets, object as ReplicaSet, present);
  if (ofKind(replicationControllers))
    return expandReplicas(replicationControllers, object as ReplicationController, present);
  if (ofKind(statefulSets)) return expandStatefulSet(object as StatefulSet, present);
  if (ofKind(daemonSets)) return expandDaemonSet(object as DaemonSet, present);
  if (ofKind(jobs)) return expandJob(object as Job, present);
  return nothing;
}

const ownedBy = <T extends KubeObject>(owner: KubeObject, objects: readonly T[]): readonly T[] =>
  objects.filter(({ metadata }) => controllerOf(metadata)?.uid === owner.metadata.uid);

function expandDeployment(deployment: Deployment, present: Present): Expansion {
  const sets = ownedBy(deployment, present.replicaSets);
  const found = findNewReplicaSet(deployment, sets);
  const { actions } = planDeployment({ deployment, sets, oldPodsLeft: () => 0, now: 0 });
  const draft = actions.flatMap((action) => (action.kind === 'createSet' ? [action.draft] : []))[0];
  const base = found ?? (draft && asStored(draft, deployment));
  if (!base) return nothing;
  const replicas = deployment.spec.replicas ?? 1;
  const current: ReplicaSet = { ...base, spec: { ...base.spec, replicas } };
  const expansion = expandReplicas(replicaSets, current, present);
  const old = sets.filter((set) => set !== found);
  return {
    made: [{ type: replicaSets, object: current }],
    pods: expansion.pods,
    gone: [...expansion.gone, ...old.flatMap((set) => ownedBy(set, present.pods))],
  };
}

/** What the server would make of a draft, as far as owners of pods go. */
const asStored = ({ metadata, ...rest }: Draft<ReplicaSet>, owner: KubeObject): ReplicaSet => ({
  ...rest,
  metadata: {
    resourceVersion: '',
    creationTimestamp: owner.metadata.creationTimestamp,
    ...metadata,
    name: metadata.name ?? owner.metadata.name,
    uid: `${owner.metadata.uid}-set`,
  },
});

interface Replicated extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly template?: PodTemplateSpec };
}

function expandReplicas(type: ResourceType, owner: Replicated, { pods }: Present): Expansion {
  const active = ownedBy(owner, pods).filter(isActive);
  const missing = (owner.spec.replicas ?? 1) - active.length;
  const { template } = owner.spec;
  if (missing <= 0 || !template) return nothing;
  return { ...nothing, pods: [{ draft: podFrom(template, type, owner), count: missing }] };
}

function expandStatefulSet(set: StatefulSet, { pods }: Present): Expansion {
  const { replicas = 1, template, ordinals, serviceName, volumeClaimTemplates = [] } = set.spec;
  const { name } = set.metadata;
  const there = new Set(
    ownedBy(set, pods)
      .filter(isActive)
      .map(({ metadata }) => metadata.name),
  );
  const base = podFrom(template, statefulSets, set);
  const start = ordinals?.start ?? 0;
  const numbers = Array.from({ length: replicas }, (_, i) => start + i);
  const missing = numbers.filter((number) => !there.has(`${name}-${number}`));
  const claimName = (claim: string, number: number) => `${claim}-${name}-${number}`;
  const podOf = (number: number): Draft<Pod> => ({
    ...base,
    metadata: {
      ...withoutGenerateName(base.metadata),
      name: `${name}-${number}`,
      labels: {
        ...base.metadata.labels,
        'statefulset.kubernetes.io/pod-name': `${name}-${number}`,
        'apps.kubernetes.io/pod-index': String(number),
      },
    },
    spec: {
      ...base.spec,
      hostname: `${name}-${number}`,
      ...(serviceName && { subdomain: serviceName }),
      volumes: [
        ...(base.spec.volumes ?? []).filter(
          (volume) => !volumeClaimTemplates.some(({ metadata }) => metadata.name === volume.name),
        ),
        ...volumeClaimTemplates.map(({ metadata }) => ({
          name: metadata.name,
          persistentVolumeClaim: { claimName: claimName(metadata.name, number) },
        })),
      ],
    },
  });
  const claims = missing.flatMap((number) =>
    volumeClaimTemplates.map((claim) => ({
      type: persistentVolumeClaims,
      object: {
        ...claim,
        metadata: {
          ...claim.metadata,
          name: claimName(claim.metadata.name, number),
          ...(set.metadata.namespace !== undefined && { namespace: set.metadata.namespace }),
        },
      },
    })),
  );
  return {
    made: claims,
    pods: missing.map((number) => ({ draft: podOf(number), count: 1 })),
    gone: [],
  };
}

function withoutGenerateName({ generateName: _, ...metadata }: Draft<Pod>['metadata']) {
  return metadata;
}

function expandDaemonSet(set: DaemonSet, { nodes, pods }: Present): Expansion {
  const { template } = set.spec;
  const base = podFrom(template, daemonSets, set);
  const served = new Set(
    ownedBy(set, pods)
      .filter(isActive)
      .map(({ spec }) => spec.nodeName ?? ''),
  );
  return {
    ...nothing,
    pods: nodes
      .map(({ metadata }) => metadata.name)
      .filter((name) => !served.has(name))
      .map((name) => ({ draft: { ...base, spec: daemonPodSpec(base.spec, name) }, count: 1 })),
  };
}

function expandJob(job: Job, { pods }: Present): Expansion {
  const { parallelism = 1, completions, suspend, template, completionMode } = job.spec;
  if (suspend) return nothing;
  const owned = ownedBy(job, pods);
  const succeeded = owned.filter(({ status }) => status?.phase === 'Succeeded').length;
  const wanted = Math.min(
    parallelism,
    completions === undefined ? Infinity : completions - succeeded,
  );
  const missing = wanted - owned.filter(isActive).length;
  if (missing <= 0) return nothing;
  const base = podFrom(template, jobs, job);
  if (completionMode !== 'Indexed') return { ...nothing, pods: [{ draft: base, count: missing }] };
  const index = 'batch.kubernetes.io/job-completion-index';
  const taken = new Set(owned.map(({ metadata }) => metadata.annotations?.[index]));
  const free = Array.from({ length: completions ?? missing }, (_, i) => String(i)).filter(
    (number) => !taken.has(number),
  );
  return {
    ...nothing,
    pods: free.slice(0, missing).map((number) => ({
      count: 1,
      draft: {
        ...base,
        metadata: {
          ...base.metadata,
          generateName: `${job.metadata.name}-${number}-`,
          labels: { ...base.metadata.labels, [index]: number },
          annotations: { ...base.metadata.annotations, [index]: number },
        },
      },
    })),
  };
}

function podFrom(template: PodTemplateSpec, type: ResourceType, owner: KubeObject): Draft<Pod> {
  const { metadata = {}, spec } = template;
  const { namespace, name } = owner.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      ...(namespace !== undefined && { namespace }),
      ...(metadata.labels && { labels: metadata.labels }),
      ...(metadata.annotations && { annotations: metadata.annotations }),
      ownerReferences: [controllerReference(type, owner)],
    },
    spec: spec ?? { containers: [] },
  };
}
