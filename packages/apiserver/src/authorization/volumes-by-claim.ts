import { keyOf } from '@berth/api';
import type { ObjectRef, PersistentVolume, PersistentVolumeSpec } from '@berth/api';
import type { Sink } from '../follow.ts';

/** The volume that a claim has, as last seen. */
export type VolumeOfClaim = (namespace: string, claim: string) => PersistentVolume | undefined;

export interface VolumesByClaim {
  readonly volumeOf: VolumeOfClaim;
  readonly sink: Sink<PersistentVolume>;
}

/** Which claim has which volume, kept level with the store. */
export function createVolumesByClaim(): VolumesByClaim {
  const byClaim = new Map<string, PersistentVolume>();
  const claimOf = new Map<string, string>();

  const forget = (volume: PersistentVolume) => {
    const key = keyOf(volume);
    const claim = claimOf.get(key);
    if (claim === undefined) return;
    claimOf.delete(key);
    if (byClaim.get(claim)?.metadata.name === volume.metadata.name) byClaim.delete(claim);
  };
  const keep = (volume: PersistentVolume) => {
    const { namespace, name } = volume.spec.claimRef ?? {};
    if (!namespace || !name) return;
    claimOf.set(keyOf(volume), `${namespace}/${name}`);
    byClaim.set(`${namespace}/${name}`, volume);
  };

  return {
    volumeOf: (namespace, claim) => byClaim.get(`${namespace}/${claim}`),
    sink: {
      put(volume) {
        forget(volume);
        keep(volume);
      },
      remove: forget,
      replace(items) {
        byClaim.clear();
        claimOf.clear();
        items.forEach(keep);
      },
    },
  };
}

/** The secrets without which a node cannot use a volume, with their namespaces. */
export function secretsOf({ spec }: PersistentVolume): readonly ObjectRef[] {
  const own = spec.claimRef?.namespace ?? '';
  const { azureFile, csi } = spec;
  return [
    ...(azureFile
      ? [{ namespace: azureFile.secretNamespace || own, name: azureFile.secretName }]
      : []),
    ...withSecret
      .map((kind) => spec[kind]?.secretRef)
      .concat(csi?.nodePublishSecretRef, csi?.nodeStageSecretRef, csi?.nodeExpandSecretRef)
      .flatMap((ref) => (ref?.name ? [{ namespace: ref.namespace || own, name: ref.name }] : [])),
  ];
}

const withSecret = [
  'cephfs',
  'cinder',
  'flexVolume',
  'iscsi',
  'rbd',
  'scaleIO',
] as const satisfies readonly (keyof PersistentVolumeSpec)[];
