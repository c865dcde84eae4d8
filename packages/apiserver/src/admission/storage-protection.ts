import { persistentVolumeClaims, persistentVolumes } from '@berth/api';
import type { Admission } from './admission.ts';
import { isOf, on } from './on.ts';

const protections = [
  { type: persistentVolumes, finalizer: 'kubernetes.io/pv-protection' },
  { type: persistentVolumeClaims, finalizer: 'kubernetes.io/pvc-protection' },
];

/** Volumes and claims stay while they are used, also when they are deleted: a controller lets them go. */
export const storageProtection: Admission = {
  name: 'StorageObjectInUseProtection',
  handles: (what) => protections.some(({ type }) => on(type, 'CREATE')(what)),
  mutate(object, attributes) {
    const finalizer = protections.find(({ type }) => isOf(type, attributes.type))?.finalizer;
    const { finalizers = [] } = object.metadata;
    if (finalizer === undefined || finalizers.includes(finalizer)) return object;
    const metadata = { ...object.metadata, finalizers: [...finalizers, finalizer] };
    return { ...object, metadata };
  },
};
