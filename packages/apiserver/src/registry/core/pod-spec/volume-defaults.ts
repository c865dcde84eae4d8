import type {
  DownwardAPIVolumeFile,
  EphemeralVolumeSource,
  HostPathVolumeSource,
  Volume,
  VolumeProjection,
} from '@berth/api';
import { defaultClaimSpec } from '../claim-spec.ts';
import { asGiven } from '../given.ts';
import { defaultFieldRef, pullPolicyOf } from './container-defaults.ts';

/** 0644, the mode of files in volumes that are made from API objects. */
const fileMode = 0o644;

/** What upstream fills in for a volume; one without a source is an empty directory. */
export function defaultVolume(volume: Volume): Volume {
  const { hostPath, secret, configMap, downwardAPI, projected, image, ephemeral } = volume;
  return {
    ...volume,
    ...(hasNoSource(volume) && { emptyDir: {} }),
    ...(hostPath && { hostPath: defaultHostPath(hostPath) }),
    ...(secret && { secret: { ...secret, defaultMode: secret.defaultMode ?? fileMode } }),
    ...(configMap && {
      configMap: { ...configMap, defaultMode: configMap.defaultMode ?? fileMode },
    }),
    ...(downwardAPI && {
      downwardAPI: {
        ...downwardAPI,
        ...(downwardAPI.items && { items: downwardAPI.items.map(defaultFile) }),
        defaultMode: downwardAPI.defaultMode ?? fileMode,
      },
    }),
    ...(projected && {
      projected: {
        ...projected,
        ...(projected.sources && { sources: projected.sources.map(defaultProjection) }),
        defaultMode: projected.defaultMode ?? fileMode,
      },
    }),
    ...(image && {
      image: { ...image, pullPolicy: image.pullPolicy || pullPolicyOf(image.reference) },
    }),
    ...(ephemeral && { ephemeral: defaultEphemeral(ephemeral) }),
    ...defaultNetworkVolume(volume),
  };
}

export const defaultHostPath = (source: HostPathVolumeSource): HostPathVolumeSource => ({
  ...source,
  type: source.type ?? '',
});

const hasNoSource = (volume: Volume) => Object.keys(volume).every((key) => key === 'name');

const defaultFile = (file: DownwardAPIVolumeFile): DownwardAPIVolumeFile => ({
  ...file,
  ...(file.fieldRef && { fieldRef: defaultFieldRef(file.fieldRef) }),
  ...(file.resourceFieldRef && {
    resourceFieldRef: { ...file.resourceFieldRef, divisor: file.resourceFieldRef.divisor ?? '0' },
  }),
});

function defaultProjection(source: VolumeProjection): VolumeProjection {
  const { serviceAccountToken, downwardAPI } = source;
  return {
    ...source,
    ...(serviceAccountToken && {
      serviceAccountToken: {
        ...serviceAccountToken,
        expirationSeconds: serviceAccountToken.expirationSeconds ?? 3600,
      },
    }),
    ...(downwardAPI?.items && {
      downwardAPI: { ...downwardAPI, items: downwardAPI.items.map(defaultFile) },
    }),
  };
}

function defaultEphemeral(source: EphemeralVolumeSource): EphemeralVolumeSource {
  const template = source.volumeClaimTemplate;
  if (!template) return source;
  const spec = defaultClaimSpec(asGiven(template).spec ? template.spec : {});
  return { ...source, volumeClaimTemplate: { ...template, spec } };
}

type Disks = Pick<Volume, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>;

/** The disks that pods and persistent volumes describe alike. */
export function defaultNetworkVolume({ iscsi, rbd, azureDisk, scaleIO }: Disks): Disks {
  return {
    ...(iscsi && { iscsi: { ...iscsi, iscsiInterface: iscsi.iscsiInterface || 'default' } }),
    ...(rbd && {
      rbd: {
        ...rbd,
        pool: rbd.pool || 'rbd',
        user: rbd.user || 'admin',
        keyring: rbd.keyring || '/etc/ceph/keyring',
      },
    }),
    ...(azureDisk && {
      azureDisk: {
        ...azureDisk,
        cachingMode: azureDisk.cachingMode ?? 'ReadWrite',
        fsType: azureDisk.fsType ?? 'ext4',
        readOnly: azureDisk.readOnly ?? false,
        kind: azureDisk.kind ?? 'Shared',
      },
    }),
    ...(scaleIO && {
      scaleIO: {
        ...scaleIO,
        storageMode: scaleIO.storageMode || 'ThinProvisioned',
        fsType: scaleIO.fsType || 'xfs',
      },
    }),
  };
}
