import { persistentVolumeClaims, persistentVolumes, storageClasses } from '@berth/api';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  Volume,
} from '@berth/api';
import type { ClusterObjects } from '../../cluster/objects.ts';
import type { PodInfo } from '../../pod-info.ts';

/** The claims that a pod's volumes name, and what they are bound to. */
export const claimVolumes = ({ spec }: Pod): readonly Volume[] =>
  (spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim ?? volume.ephemeral);

/** What the volume plugins read, for pods that have claims. */
export const readsForClaims = ({ shape }: PodInfo) =>
  claimVolumes(shape.pod).length === 0
    ? []
    : [persistentVolumeClaims, persistentVolumes, storageClasses];

/** A claim of an ephemeral volume is named after the pod and the volume. */
export const claimName = ({ metadata }: Pod, { name, persistentVolumeClaim }: Volume): string =>
  persistentVolumeClaim?.claimName ?? `${metadata.name}-${name}`;

export const claimOf = (
  pod: Pod,
  volume: Volume,
  objects: ClusterObjects,
): PersistentVolumeClaim | undefined =>
  objects.get(persistentVolumeClaims, pod.metadata.namespace, claimName(pod, volume));

/** Of the claims of the pod those that there are. */
export const claimsOf = (pod: Pod, objects: ClusterObjects): readonly PersistentVolumeClaim[] =>
  claimVolumes(pod).flatMap((volume) => claimOf(pod, volume, objects) ?? []);

export const volumeOf = (
  { spec }: PersistentVolumeClaim,
  objects: ClusterObjects,
): PersistentVolume | undefined =>
  spec.volumeName ? objects.get(persistentVolumes, undefined, spec.volumeName) : undefined;

export const classNameOf = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '';

export const classOf = (
  claim: PersistentVolumeClaim,
  objects: ClusterObjects,
): StorageClass | undefined => objects.get(storageClasses, undefined, classNameOf(claim));

/** Whether claim and volume are bound to each other for good. */
export const isBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec.volumeName) &&
  metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined;

/** Whether the claim is bound only when its first pod is placed. */
export const waitsForPod = (claim: PersistentVolumeClaim, objects: ClusterObjects): boolean =>
  !claim.spec.volumeName && classOf(claim, objects)?.volumeBindingMode === 'WaitForFirstConsumer';
