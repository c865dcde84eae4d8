import type { FieldError, HostPathVolumeSource, Volume } from '@berth/api';
import { duplicate, forbiddenField, invalidValue, parseQuantity, required } from '@berth/api';
import {
  checkDnsLabel,
  checkNeeded,
  checkOneOf,
  checkRelativePath,
  checkSubdomain,
  hasBackstep,
} from '../field-checks.ts';
import type { Given } from '../given.ts';
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
    ...validateSources(path, volume, inPod),
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

function validateSources(path: string, volume: GivenVolume, inPod: boolean): readonly FieldError[] {
  const kinds = Object.keys(volume).filter((key) => key !== 'name') as readonly SourceKind[];
  const [first, ...more] = sourceKinds.filter((kind) => kinds.includes(kind));
  if (!first) return [required(path, 'must specify a volume type')];
  return [
    ...validateSource(`${path}.${first}`, volume, first, inPod),
    ...more.map((kind) =>
      forbiddenField(`${path}.${kind}`, 'may not specify more than 1 volume type'),
    ),
  ];
}

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

/** Fields without which a source means nothing, for the sources that have no further rules. */
const neededFields: Partial<Record<SourceKind, readonly string[]>> = {
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  persistentVolumeClaim: ['claimName'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  quobyte: ['registry', 'volume'],
  flexVolume: ['driver'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  storageos: ['volumeName'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  ephemeral: ['volumeClaimTemplate'],
};

function validateSource(
  path: string,
  volume: GivenVolume,
  kind: SourceKind,
  inPod: boolean,
): readonly FieldError[] {
  switch (kind) {
    case 'emptyDir':
      return checkSizeLimit(path, volume.emptyDir?.sizeLimit);
    case 'hostPath':
      return validateHostPath(path, volume.hostPath ?? {});
    case 'gitRepo':
      return [
        ...checkFields(path, volume.gitRepo ?? {}, kind),
        ...checkRelativePath(`${path}.directory`, volume.gitRepo?.directory ?? ''),
      ];
    case 'nfs':
      return validateNfs(path, volume.nfs ?? {});
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
    default:
      return checkFields(path, volume[kind] ?? {}, kind);
  }
}

const checkFields = (path: string, source: object, kind: SourceKind): readonly FieldError[] =>
  (neededFields[kind] ?? [])
    .filter((field) => isEmpty((source as Readonly<Record<string, unknown>>)[field]))
    .map((field) => required(`${path}.${field}`));

const isEmpty = (value: unknown) =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const checkSizeLimit = (path: string, limit: string | undefined): readonly FieldError[] =>
  limit !== undefined && parseQuantity(limit).nanos < 0n
    ? [forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
    : [];

function validateHostPath(
  path: string,
  source: Given<HostPathVolumeSource>,
): readonly FieldError[] {
  if (!source.path) return [required(`${path}.path`)];
  return [
    ...(hasBackstep(source.path)
      ? [invalidValue(`${path}.path`, source.path, "must not contain '..'")]
      : []),
    ...checkOneOf(`${path}.type`, source.type, [
      '',
      'BlockDevice',
      'CharDevice',
      'Directory',
      'DirectoryOrCreate',
      'File',
      'FileOrCreate',
      'Socket',
    ]),
  ];
}

function validateNfs(path: string, nfs: NonNullable<GivenVolume['nfs']>): readonly FieldError[] {
  const { server, path: directory = '' } = nfs;
  return [
    ...(server ? [] : [required(`${path}.server`)]),
    ...(directory ? [] : [required(`${path}.path`)]),
    ...(directory.startsWith('/')
      ? []
      : [invalidValue(`${path}.path`, directory, 'must be an absolute path')]),
  ];
}

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

/** The longest name a CSI driver can have. */
const longestDriver = 63;

function validateCsi(path: string, csi: NonNullable<GivenVolume['csi']>): readonly FieldError[] {
  const { driver = '', nodePublishSecretRef } = csi;
  return [
    ...(driver ? [] : [required(`${path}.driver`)]),
    ...(driver.length > longestDriver
      ? [invalidValue(`${path}.driver`, driver, `may not be more than ${longestDriver} bytes`)]
      : []),
    ...checkSubdomain(`${path}.driver`, driver.toLowerCase()),
    ...(nodePublishSecretRef && !nodePublishSecretRef.name
      ? [required(`${path}.nodePublishSecretRef.name`)]
      : []),
  ];
}
