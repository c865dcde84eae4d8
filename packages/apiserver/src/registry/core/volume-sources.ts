import { isIP } from 'node:net';
import type { FieldError, HostPathVolumeSource, NFSVolumeSource, Volume } from '@berth/api';
import {
  at,
  forbiddenField,
  inRange,
  invalidEach,
  invalidValue,
  notSupported,
  required,
} from '@berth/api';
import { checkDnsLabel, checkOneOf, hasBackstep } from './field-checks.ts';
import type { Given } from './given.ts';

/** The sources that pods and persistent volumes describe with the same fields, more or less. */
type SharedKind =
  | 'awsElasticBlockStore'
  | 'azureDisk'
  | 'azureFile'
  | 'cephfs'
  | 'cinder'
  | 'fc'
  | 'flexVolume'
  | 'flocker'
  | 'gcePersistentDisk'
  | 'glusterfs'
  | 'hostPath'
  | 'iscsi'
  | 'nfs'
  | 'photonPersistentDisk'
  | 'portworxVolume'
  | 'quobyte'
  | 'rbd'
  | 'scaleIO'
  | 'storageos'
  | 'vsphereVolume';

type Source<K extends SharedKind> = NonNullable<Given<Volume>[K]>;

const sourceChecks: {
  readonly [K in SharedKind]: (path: string, source: Source<K>) => readonly FieldError[];
} = {
  awsElasticBlockStore: (path, disk) => [
    ...checkPresent(path, disk, 'volumeID'),
    ...checkPartition(at(path, 'partition'), disk.partition),
  ],
  azureDisk,
  azureFile: (path, file) => checkPresent(path, file, 'secretName', 'shareName'),
  cephfs: (path, source) => checkPresent(path, source, 'monitors'),
  cinder: (path, disk) => [
    ...checkPresent(path, disk, 'volumeID'),
    ...checkSecretName(path, disk.secretRef),
  ],
  fc,
  flexVolume: (path, volume) => [
    ...checkPresent(path, volume, 'driver'),
    ...Object.keys(volume.options ?? {})
      .filter(isReserved)
      .map((key) =>
        invalidValue(
          `${path}.options[${key}]`,
          key,
          'kubernetes.io and k8s.io namespaces are reserved',
        ),
      ),
  ],
  flocker,
  gcePersistentDisk: (path, disk) => [
    ...checkPresent(path, disk, 'pdName'),
    ...checkPartition(at(path, 'partition'), disk.partition),
  ],
  glusterfs: (path, source) => checkPresent(path, source, 'endpoints', 'path'),
  hostPath,
  iscsi,
  nfs,
  photonPersistentDisk: (path, disk) => checkPresent(path, disk, 'pdID'),
  portworxVolume: (path, volume) => checkPresent(path, volume, 'volumeID'),
  quobyte,
  rbd: (path, image) => checkPresent(path, image, 'monitors', 'image'),
  scaleIO: (path, volume) => checkPresent(path, volume, 'gateway', 'system', 'volumeName'),
  storageos: (path, volume) => [
    ...(volume.volumeName
      ? checkDnsLabel(at(path, 'volumeName'), volume.volumeName)
      : [required(at(path, 'volumeName'))]),
    ...(volume.volumeNamespace
      ? checkDnsLabel(at(path, 'volumeNamespace'), volume.volumeNamespace)
      : []),
    ...checkSecretName(path, volume.secretRef),
  ],
  vsphereVolume: (path, volume) => checkPresent(path, volume, 'volumePath'),
};

/** What is wrong with a source of a volume, wherever it stands. */
export const checkSharedSource = <K extends SharedKind>(
  path: string,
  kind: K,
  source: Source<K>,
): readonly FieldError[] => sourceChecks[kind](path, source);

/** Of several sources the first, in the order of `kinds`, is the one that is looked at; the others are too many. */
export function checkOneSource<K extends string>(
  path: string,
  volume: { readonly [kind in K]?: unknown },
  kinds: readonly K[],
  check: (path: string, kind: K) => readonly FieldError[],
): readonly FieldError[] {
  const [first, ...more] = kinds.filter((kind) => volume[kind] !== undefined);
  if (first === undefined) return [required(path, 'must specify a volume type')];
  return [
    ...check(at(path, first), first),
    ...more.map((kind) =>
      forbiddenField(at(path, kind), 'may not specify more than 1 volume type'),
    ),
  ];
}

/** The error of every field that is missing or empty. */
export const checkPresent = <T extends object>(
  path: string,
  source: T,
  ...fields: readonly (keyof T & string)[]
): readonly FieldError[] =>
  fields.filter((field) => isEmpty(source[field])).map((field) => required(at(path, field)));

const isEmpty = (value: unknown) =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const checkSecretName = (
  path: string,
  secret: { readonly name?: string } | undefined,
): readonly FieldError[] =>
  secret && !secret.name ? [required(at(path, 'secretRef', 'name'))] : [];

const checkPartition = (path: string, partition = 0): readonly FieldError[] =>
  partition < 0 || partition > 255
    ? [invalidValue(path, partition, 'must be between 1 and 255, inclusive')]
    : [];

const checkLun = (path: string, lun: number): readonly FieldError[] =>
  invalidEach(path, lun, inRange(lun, 0, 255));

function isReserved(key: string): boolean {
  const [namespace = ''] = key.split('/');
  return /\.(kubernetes|k8s)\.io$/.test(`.${namespace.toLowerCase()}`);
}

const diskAddress = {
  Managed: {
    prefix: '/subscriptions/',
    shape:
      '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
  },
  other: {
    prefix: 'https://',
    shape: 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd',
  },
};

function azureDisk(path: string, disk: Source<'azureDisk'>): readonly FieldError[] {
  const { cachingMode, kind, diskURI = '' } = disk;
  const { prefix, shape } = kind === 'Managed' ? diskAddress.Managed : diskAddress.other;
  return [
    ...checkPresent(path, disk, 'diskName', 'diskURI'),
    ...checkOneOf(at(path, 'cachingMode'), cachingMode, ['None', 'ReadOnly', 'ReadWrite']),
    ...checkOneOf(at(path, 'kind'), kind, ['Dedicated', 'Managed', 'Shared']),
    ...(kind !== undefined && !diskURI.startsWith(prefix)
      ? [notSupported(at(path, 'diskURI'), diskURI, [shape])]
      : []),
  ];
}

function fc(
  path: string,
  { targetWWNs = [], wwids = [], lun }: Source<'fc'>,
): readonly FieldError[] {
  const where = at(path, 'targetWWNs');
  if (targetWWNs.length === 0)
    return wwids.length
      ? []
      : [required(where, 'must specify either targetWWNs or wwids, but not both')];
  return [
    ...(wwids.length
      ? [
          invalidValue(
            where,
            targetWWNs,
            'targetWWNs and wwids can not be specified simultaneously',
          ),
        ]
      : []),
    ...(lun === undefined
      ? [required(at(path, 'lun'), 'lun is required if targetWWNs is specified')]
      : checkLun(at(path, 'lun'), lun)),
  ];
}

function flocker(
  path: string,
  { datasetName = '', datasetUUID = '' }: Source<'flocker'>,
): readonly FieldError[] {
  return [
    ...(datasetName || datasetUUID
      ? []
      : [required(path, 'one of datasetName and datasetUUID is required')]),
    ...(datasetName && datasetUUID
      ? [
          invalidValue(
            path,
            'resource',
            'datasetName and datasetUUID can not be specified simultaneously',
          ),
        ]
      : []),
    ...(datasetName.includes('/')
      ? [invalidValue(at(path, 'datasetName'), datasetName, "must not contain '/'")]
      : []),
  ];
}

function hostPath(path: string, source: Given<HostPathVolumeSource>): readonly FieldError[] {
  if (!source.path) return [required(at(path, 'path'))];
  return [
    ...checkNoBackstep(at(path, 'path'), source.path),
    ...checkOneOf(at(path, 'type'), source.type, [
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

export const checkNoBackstep = (path: string, value: string): readonly FieldError[] =>
  hasBackstep(value) ? [invalidValue(path, value, "must not contain '..'")] : [];

/** The three ways to name a node of iSCSI; a name of no way at all is refused, too. */
const iscsiNames = [
  /^iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$/,
  /^eui.[A-Za-z0-9]{16}$/,
  /^naa.[A-Za-z0-9]{32}$/,
];

const checkIscsiName = (path: string, name: string): readonly FieldError[] =>
  iscsiNames.some((shape) => shape.test(name))
    ? []
    : [invalidValue(path, name, 'must be valid format')];

function iscsi(path: string, disk: Source<'iscsi'>): readonly FieldError[] {
  const { iqn, lun = 0, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName } = disk;
  return [
    ...checkPresent(path, disk, 'targetPortal'),
    ...(iqn ? checkIscsiName(at(path, 'iqn'), iqn) : [required(at(path, 'iqn'))]),
    ...checkLun(at(path, 'lun'), lun),
    ...((chapAuthDiscovery || chapAuthSession) && !secretRef
      ? [required(at(path, 'secretRef'))]
      : []),
    ...checkSecretName(path, secretRef),
    ...(initiatorName === undefined
      ? []
      : checkIscsiName(at(path, 'initiatorname'), initiatorName)),
  ];
}

function nfs(path: string, source: Given<NFSVolumeSource>): readonly FieldError[] {
  const { path: directory = '' } = source;
  return [
    ...checkPresent(path, source, 'server', 'path'),
    ...(directory.startsWith('/')
      ? []
      : [invalidValue(at(path, 'path'), directory, 'must be an absolute path')]),
  ];
}

const pairs = 'must be a host:port pair or multiple pairs separated by commas';

function quobyte(path: string, volume: Source<'quobyte'>): readonly FieldError[] {
  const { registry = '', tenant = '' } = volume;
  return [...checkQuobyteRegistry(path, registry, tenant), ...checkPresent(path, volume, 'volume')];
}

function checkQuobyteRegistry(
  path: string,
  registry: string,
  tenant: string,
): readonly FieldError[] {
  if (!registry) return [required(at(path, 'registry'), pairs)];
  if (tenant.length > 64) {
    const longest = 'must be a UUID and may not exceed a length of 64 characters';
    return [required(at(path, 'tenant'), longest)];
  }
  return registry
    .split(',')
    .filter((pair) => !isHostPort(pair))
    .map(() => invalidValue(at(path, 'registry'), registry, pairs));
}

/** `host:port`, `1.2.3.4:port` or `[::1]:port`. */
function isHostPort(pair: string): boolean {
  const [, host = ''] = /^(.*):[^:[\]]*$/.exec(pair) ?? [undefined, ':'];
  const bracketed = /^\[(.*)\]$/.exec(host);
  return bracketed ? isIP(bracketed[1] ?? '') !== 0 : !/[:[\]]/.test(host);
}
