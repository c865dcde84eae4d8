import type { FieldError, PersistentVolumeClaimTemplate, Volume } from '@berth/api';
import { at, duplicate, forbiddenField, invalidValue, parseQuantity, required } from '@berth/api';
import { validateClaimSpec } from '../claim-spec.ts';
import { checkDnsLabel, checkNeeded, checkRelativePath, checkSubdomain } from '../field-checks.ts';
import type { Given } from '../given.ts';
import { checkDriverName } from '../list-checks.ts';
import { checkTemplateMeta } from '../template-meta.ts';
import { checkOneSource, checkPresent, checkSharedSource } from '../volume-sources.ts';
import {
  checkFileMode,
  validateDownwardFiles,
  validateKeyPaths,
  validateProjected,
} from './projected-volumes.ts';

type GivenVolume = Given<Volume>;
export type NamedVolumes = ReadonlyMap<string, GivenVolume>;

/** The volumes that mounts may name: those without a problem of their own. */
export function soundVolumes(
  volumes: readonly GivenVolume[],
  { podName, inPod }: { readonly podName: string; readonly inPod: boolean },
): NamedVolumes {
  const sound = volumes.filter((volume) => validateVolume('', volume, podName, inPod).length === 0);
  return new Map(sound.map((volume) => [volume.name ?? '', volume]));
}

export const validateVolumes = (
  path: string,
  volumes: readonly GivenVolume[],
  { podName, inPod }: { readonly podName: string; readonly inPod: boolean },
): readonly FieldError[] =>
  volumes.flatMap((volume, i) => [
    ...validateVolume(`${path}[${i}]`, volume, podName, inPod),
    ...(volumes.slice(0, i).some(({ name }) => name === volume.name)
      ? [duplicate(`${path}[${i}].name`, volume.name ?? '')]
      : []),
  ]);

function validateVolume(
  path: string,
  volume: GivenVolume,
  podName: string,
  inPod: boolean,
): readonly FieldError[] {
  return [
    ...checkOneSource(path, volume, sourceKinds, (at, kind) =>
      validateSource(at, volume, kind, inPod),
    ),
    ...(volume.name ? checkDnsLabel(`${path}.name`, volume.name) : [required(`${path}.name`)]),
    ...(volume.ephemeral && podName && volume.name
      ? checkClaimName(`${path}.name`, volume.name, podName)
      : []),
  ];
}

/** The claim of an ephemeral volume is named after the pod and the volume. */
const checkClaimName = (path: string, name: string, podName: string): readonly FieldError[] =>
  checkSubdomain(path, `${podName}-${name}`).map(({ detail }) =>
    invalidValue(path, name, `PVC name "${podName}-${name}": ${detail.replace(/^.*?": /, '')}`),
  );

type SourceKind = Exclude<keyof Volume, 'name'>;

/** In the order in which upstream looks at them: of several, the first is the one that counts. */
const sourceKinds: readonly SourceKind[] = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
];

function validateSource(
  path: string,
  volume: GivenVolume,
  kind: SourceKind,
  inPod: boolean,
): readonly FieldError[] {
  switch (kind) {
    case 'emptyDir':
      return checkSizeLimit(path, volume.emptyDir?.sizeLimit);
    case 'gitRepo':
      return [
        ...checkPresent(path, volume.gitRepo ?? {}, 'repository'),
        ...checkRelativePath(`${path}.directory`, volume.gitRepo?.directory ?? ''),
      ];
    case 'secret':
      return validateFiles(path, 'secretName', volume.secret?.secretName, volume.secret ?? {});
    case 'configMap':
      return validateFiles(path, 'name', volume.configMap?.name, volume.configMap ?? {});
    case 'downwardAPI':
      return [
        ...checkFileMode(`${path}.defaultMode`, volume.downwardAPI?.defaultMode),
        ...validateDownwardFiles(path, volume.downwardAPI?.items ?? []),
      ];
    case 'projected':
      return validateProjected(path, volume.projected ?? {});
    case 'csi':
      return validateCsi(path, volume.csi ?? {});
    case 'image':
      return [
        ...(inPod && !volume.image?.reference ? [required(`${path}.reference`)] : []),
        ...checkNeeded(`${path}.pullPolicy`, volume.image?.pullPolicy, [
          'Always',
          'IfNotPresent',
          'Never',
        ]),
      ];
    case 'ephemeral':
      return validateEphemeral(
        at(path, 'volumeClaimTemplate'),
        volume.ephemeral?.volumeClaimTemplate,
      );
    case 'persistentVolumeClaim':
      return checkPresent(path, volume.persistentVolumeClaim ?? {}, 'claimName');
    default:
      return checkSharedSource(path, kind, volume[kind] ?? {});
  }
}

const validateEphemeral = (
  path: string,
  template: Given<PersistentVolumeClaimTemplate> | undefined,
): readonly FieldError[] =>
  template
    ? [
        ...checkTemplateMeta(at(path, 'metadata'), template.metadata ?? {}),
        ...validateClaimSpec(at(path, 'spec'), template.spec ?? {}),
      ]
    : [required(path)];

const checkSizeLimit = (path: string, limit: string | undefined): readonly FieldError[] =>
  limit !== undefined && parseQuantity(limit).nanos < 0n
    ? [forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
    : [];

interface Files {
  readonly defaultMode?: number;
  readonly items?: Parameters<typeof validateKeyPaths>[1];
}

const validateFiles = (
  path: string,
  nameField: string,
  name: string | undefined,
  { defaultMode, items = [] }: Files,
): readonly FieldError[] => [
  ...(name ? [] : [required(`${path}.${nameField}`)]),
  ...checkFileMode(`${path}.defaultMode`, defaultMode),
  ...validateKeyPaths(`${path}.items`, items),
];

function validateCsi(path: string, csi: NonNullable<GivenVolume['csi']>): readonly FieldError[] {
  const { driver, nodePublishSecretRef } = csi;
  return [
    ...checkDriverName(at(path, 'driver'), driver),
    ...(nodePublishSecretRef && !nodePublishSecretRef.name
      ? [required(`${path}.nodePublishSecretRef.name`)]
      : []),
    ...(nodePublishSecretRef?.name
      ? checkSubdomain(`${path}.name`, nodePublishSecretRef.name)
      : []),
  ];
}
