import type { PersistentVolume } from '@berth/api';
import { asGiven } from './given.ts';
import { nodeTermWarnings } from './pod-spec/placement-warnings.ts';
import { goneVolumes } from './pod-spec/pod-volume-warnings.ts';
import { classAnnotationWarning } from './volume-columns.ts';

const mountOptions = 'volume.beta.kubernetes.io/mount-options';

/** What is out of date in a volume, or works no longer. */
export function volumeWarnings(volume: PersistentVolume): readonly string[] {
  const { annotations = {} } = volume.metadata;
  const spec = asGiven(volume).spec ?? {};
  const { nodeSelectorTerms = [] } = spec.nodeAffinity?.required ?? {};
  return [
    ...classAnnotationWarning(volume),
    ...(Object.hasOwn(annotations, mountOptions)
      ? [
          `metadata.annotations[${mountOptions}]: deprecated since v1.31; use "mountOptions" attribute instead`,
        ]
      : []),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : []),
    ...nodeSelectorTerms.flatMap((term, i) =>
      nodeTermWarnings(`spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, term),
    ),
    ...goneKinds
      .filter((kind) => spec[kind] !== undefined)
      .map((kind) => `spec.${kind === 'storageos' ? 'storageOS' : kind}: ${goneVolumes[kind]}`),
  ];
}

const goneKinds = [
  'cephfs',
  'photonPersistentDisk',
  'scaleIO',
  'storageos',
  'glusterfs',
  'rbd',
] as const;
