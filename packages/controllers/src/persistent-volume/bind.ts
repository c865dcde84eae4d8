import { apiVersionOf, persistentVolumeClaims } from '@berth/api';
import type { PersistentVolume, PersistentVolumeClaim } from '@berth/api';

export const boundByController = 'pv.kubernetes.io/bound-by-controller';
export const bindCompleted = 'pv.kubernetes.io/bind-completed';

/** The volume as the claim's own; undefined when it is. */
export function holdVolume(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): PersistentVolume | undefined {
  const { metadata } = claim;
  const known = volume.spec.claimRef;
  if (known?.uid === metadata.uid) return undefined;
  return {
    ...volume,
    metadata: known ? volume.metadata : annotated(volume.metadata, { [boundByController]: 'yes' }),
    spec: {
      ...volume.spec,
      claimRef: {
        apiVersion: apiVersionOf(persistentVolumeClaims),
        kind: persistentVolumeClaims.kind,
        namespace: metadata.namespace!,
        name: metadata.name,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
      },
    },
  };
}

/** The claim with the name of its volume, and with the word that it was given to it; undefined when it says so. */
export function nameVolume(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
): PersistentVolumeClaim | undefined {
  const isNamed = claim.spec.volumeName === volume.metadata.name;
  const marks = {
    [bindCompleted]: 'yes',
    ...(!isNamed && { [boundByController]: 'yes' }),
  };
  const isMarked = claim.metadata.annotations?.[bindCompleted] !== undefined;
  if (isNamed && isMarked) return undefined;
  return {
    ...claim,
    metadata: annotated(claim.metadata, marks),
    spec: { ...claim.spec, volumeName: volume.metadata.name },
  };
}

/** The volume without a claim, when it was this controller that gave it to one. */
export function freeVolume(volume: PersistentVolume): PersistentVolume {
  const { [boundByController]: ours, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec;
  const { uid: _, resourceVersion: __, ...name } = claimRef ?? {};
  return {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: ours ? spec : { ...spec, claimRef: name },
  };
}

const annotated = <M extends { readonly annotations?: Readonly<Record<string, string>> }>(
  metadata: M,
  marks: Readonly<Record<string, string>>,
): M => ({ ...metadata, annotations: { ...metadata.annotations, ...marks } });
