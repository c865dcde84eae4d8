import { statefulSets } from '@berth/api';
import type { Draft, PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from '@berth/api';
import { revisionHashLabel } from '../history/plan.ts';
import { podFromTemplate } from '../owned-pods.ts';

const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';

export const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1;
export const firstOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;

export const podNameOf = ({ metadata }: StatefulSet, ordinal: number): string =>
  `${metadata.name}-${ordinal}`;

/** The ordinal in the name of a pod of the set; undefined for a name that the set would not give. */
export function ordinalOf({ metadata }: StatefulSet, podName: string): number | undefined {
  if (!podName.startsWith(`${metadata.name}-`)) return undefined;
  const rest = podName.slice(metadata.name.length + 1);
  return /^(0|[1-9]\d{0,8})$/.test(rest) ? Number(rest) : undefined;
}

export const isWanted = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= firstOrdinal(set) && ordinal < firstOrdinal(set) + replicasOf(set);

export const revisionOf = ({ metadata }: Pod): string | undefined =>
  metadata.labels?.[revisionHashLabel];

const claimTemplates = ({ spec }: StatefulSet) => spec.volumeClaimTemplates ?? [];

/** The claims of the pod with this ordinal: they carry its identity from pod to pod. */
export const claimNamesOf = (set: StatefulSet, ordinal: number): ReadonlyMap<string, string> =>
  new Map(
    claimTemplates(set).map(({ metadata }) => [
      metadata.name,
      `${metadata.name}-${set.metadata.name}-${ordinal}`,
    ]),
  );

export function draftClaims(
  set: StatefulSet,
  ordinal: number,
): readonly (Draft<PersistentVolumeClaim> & { readonly metadata: { readonly name: string } })[] {
  const names = claimNamesOf(set, ordinal);
  return claimTemplates(set).map(({ metadata, spec }) => ({
    metadata: {
      name: names.get(metadata.name)!,
      namespace: set.metadata.namespace!,
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
      ...(metadata.annotations && { annotations: metadata.annotations }),
    },
    spec,
  }));
}

const labelsOf = (set: StatefulSet, ordinal: number) => ({
  [podNameLabel]: podNameOf(set, ordinal),
  [podIndexLabel]: String(ordinal),
});

function volumesOf(set: StatefulSet, ordinal: number, volumes: Pod['spec']['volumes'] = []) {
  const names = claimNamesOf(set, ordinal);
  return [
    ...[...names].map(([name, claimName]) => ({ name, persistentVolumeClaim: { claimName } })),
    ...volumes.filter(({ name }) => !names.has(name)),
  ];
}

export function draftSetPod(
  set: StatefulSet,
  template: PodTemplateSpec,
  revision: string,
  ordinal: number,
): Draft<Pod> {
  const name = podNameOf(set, ordinal);
  const draft = podFromTemplate(statefulSets, set, template, { name });
  const volumes = volumesOf(set, ordinal, draft.spec.volumes);
  return {
    ...draft,
    metadata: {
      ...draft.metadata,
      labels: {
        ...draft.metadata.labels,
        ...labelsOf(set, ordinal),
        [revisionHashLabel]: revision,
      },
    },
    spec: {
      ...draft.spec,
      hostname: name,
      ...(set.spec.serviceName && { subdomain: set.spec.serviceName }),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

/** The pod with the labels that its place in the set gives it; undefined when it has them. */
export function withIdentity(set: StatefulSet, pod: Pod, ordinal: number): Pod | undefined {
  const labels = labelsOf(set, ordinal);
  const lacks = Object.entries(labels).some(([key, value]) => pod.metadata.labels?.[key] !== value);
  return lacks
    ? { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...labels } } }
    : undefined;
}
