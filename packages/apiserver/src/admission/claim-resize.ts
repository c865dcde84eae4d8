import {
  compareQuantities,
  forbidden,
  parseQuantity,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
} from '@berth/api';
import type { PersistentVolume, PersistentVolumeClaim } from '@berth/api';
import { classOf } from '../registry/core/volume-columns.ts';
import type { Admission, AdmissionReads, Attributes } from './admission.ts';
import { on } from './on.ts';

/** Claims grow only where their class says so and their kind of volume can. */
export const claimResize = (reads: AdmissionReads): Admission => ({
  name: 'PersistentVolumeClaimResize',
  handles: (what) => reads.serves(storageClasses) && on(persistentVolumeClaims, 'UPDATE')(what),
  async validate(attributes) {
    const claim = attributes.object as PersistentVolumeClaim;
    const old = attributes.old as PersistentVolumeClaim;
    if (compareQuantities(sizeOf(claim), sizeOf(old)) <= 0) return;
    if (old.status?.phase !== 'Bound')
      throw refuse(attributes, 'Only bound persistent volume claims can be expanded');
    if (!(await mayGrow(reads, claim, old)))
      throw refuse(
        attributes,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
    const name = claim.spec.volumeName ?? '';
    const volume = await reads.get(persistentVolumes, { name });
    if (!volume)
      throw refuse(
        attributes,
        'Error updating persistent volume claim because fetching associated persistent volume failed',
      );
    if (!canGrow(volume)) throw refuse(attributes, 'volume plugin does not support resize');
  },
});

const refuse = ({ type, name }: Attributes, why: string) => forbidden(type, name, why);

const sizeOf = ({ spec }: PersistentVolumeClaim) =>
  parseQuantity(spec.resources?.requests?.['storage'] ?? '0');

async function mayGrow(
  reads: AdmissionReads,
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): Promise<boolean> {
  const name = classOf(claim);
  if (!name || name !== classOf(old)) return false;
  return (await reads.get(storageClasses, { name }))?.allowVolumeExpansion ?? false;
}

const growing = [
  'glusterfs',
  'cinder',
  'rbd',
  'portworxVolume',
  'csi',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'azureFile',
  'azureDisk',
  'flexVolume',
] as const;

const canGrow = ({ spec }: PersistentVolume) => growing.some((kind) => spec[kind] !== undefined);
