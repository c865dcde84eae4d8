import { controllerOf, toSelector } from '@berth/api';
import type { Labels, LabelSelector, Pod, Volume } from '@berth/api';
import { affinityTermsOf, allTerms } from './affinity-terms.ts';
import type { AffinityTerms } from './affinity-terms.ts';
import { hostPortsOf } from './host-ports.ts';
import type { HostPort } from './host-ports.ts';
import { placedScoringRequests, podRequests, podScoringRequests } from './resources.ts';
import type { Amounts } from './resources.ts';

/**
 * What decisions depend on of a pod: namespace, labels, controller, whether it is on its way out, what its containers
 * ask for, their ports and images, node selector, affinity, tolerations, spread constraints, volumes and resource claims.
 * Pods that agree in all of it share one shape, whatever their names, environments and priorities.
 */
export interface PodShape {
  readonly key: string;
  /** A pod of this shape. Plugins read from it what the shape covers and nothing else. */
  readonly pod: Pod;
  readonly namespace: string;
  /** Without the labels that tell replicas apart, unless some selector asks for them. */
  readonly labels: Labels;
  readonly isTerminating: boolean;
  readonly requests: Amounts;
  readonly scoringRequests: Amounts;
  /** What it counts for once it is placed. */
  readonly placedScoringRequests: Amounts;
  readonly hostPorts: readonly HostPort[];
  readonly terms: AffinityTerms;
}

export function createPodShape(pod: Pod, labels: Labels, key: string): PodShape {
  return {
    key,
    pod,
    namespace: pod.metadata.namespace ?? '',
    labels,
    isTerminating: pod.metadata.deletionTimestamp !== undefined,
    requests: podRequests(pod),
    scoringRequests: podScoringRequests(pod),
    placedScoringRequests: placedScoringRequests(pod),
    hostPorts: hostPortsOf(pod),
    terms: affinityTermsOf(pod),
  };
}

/** Says the same of pods of one shape, given that only `labels` of their labels matter. */
export function shapeParts(pod: Pod, labels: Labels): readonly unknown[] {
  const { metadata, spec } = pod;
  return [
    metadata.namespace,
    labels,
    ownerKey(pod),
    metadata.deletionTimestamp === undefined ? 0 : 1,
    spec.containers.map(containerKey),
    spec.initContainers?.map(containerKey),
    spec.nodeSelector,
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
    spec.overhead,
    spec.resources?.requests,
    spec.volumes?.flatMap((volume) => volumeKey(volume, metadata.name)),
    spec.resourceClaims,
    resizeKey(pod),
  ];
}

/** Every label key that the pod's own selectors name. */
export function selectedLabels({ spec, metadata }: Pod): readonly string[] {
  const { topologySpreadConstraints = [], affinity } = spec;
  if (topologySpreadConstraints.length === 0 && !affinity) return [];
  return [
    ...topologySpreadConstraints.flatMap(({ labelSelector, matchLabelKeys = [] }) => [
      ...matchLabelKeys,
      ...keysIn(labelSelector),
    ]),
    ...allTerms(affinityTermsOf({ metadata, spec })).flatMap(({ selector = [] }) =>
      selector.map(({ key }) => key),
    ),
  ];
}

export const keysIn = (selector: LabelSelector | undefined): readonly string[] =>
  (toSelector(selector) ?? []).map(({ key }) => key);

type Container = Pod['spec']['containers'][number];

const containerKey = ({ image, ports, resources, restartPolicy }: Container) => [
  image,
  resources?.requests,
  ports?.flatMap(({ hostIP, hostPort, protocol }) =>
    hostPort ? [[hostIP, hostPort, protocol]] : [],
  ),
  restartPolicy,
];

/** Default spreading looks at what manages the pod, where that has a selector of its own. */
function ownerKey(pod: Pod): string | undefined {
  const owner = controllerOf(pod);
  return owner && workloads.has(owner.kind) ? `${owner.kind}/${owner.name}` : undefined;
}

const workloads = new Set(['ReplicaSet', 'StatefulSet', 'ReplicationController']);

/** Volumes that say something about where a pod can run; the others are mounted anywhere. */
function volumeKey(volume: Volume, podName: string): readonly unknown[] {
  const { name, emptyDir, configMap, secret, projected, downwardAPI, hostPath, ...source } = volume;
  return Object.keys(source).length === 0 ? [] : source.ephemeral ? [[podName, name]] : [source];
}

/** Only what a resize in place has not brought into line yet. */
function resizeKey({ spec, status }: Pod): unknown {
  const reported = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  if (!reported.some(({ resources }) => resources)) return undefined;
  const asked = new Map(
    [...spec.containers, ...(spec.initContainers ?? [])].map(({ name, resources }) => [
      name,
      JSON.stringify(resources?.requests),
    ]),
  );
  return [
    reported.flatMap(({ name, resources, allocatedResources }) =>
      resources &&
      (JSON.stringify(resources.requests) !== asked.get(name) ||
        (allocatedResources && JSON.stringify(allocatedResources) !== asked.get(name)))
        ? [[name, resources.requests, allocatedResources]]
        : [],
    ),
    status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason,
  ];
}
