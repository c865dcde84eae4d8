import { at, dnsLabel, invalidEach, invalidValue, required } from '@berth/api';
import type { FieldError, PersistentVolumeSpec, SecretReference } from '@berth/api';
import { checkDnsLabel, checkSubdomain } from './field-checks.ts';
import type { Given } from './given.ts';
import { checkDriverName } from './list-checks.ts';
import { checkNoBackstep, checkPresent, checkSharedSource } from './volume-sources.ts';

type Spec = Given<PersistentVolumeSpec>;
type Kind = (typeof persistentSourceKinds)[number];

/** In the order in which upstream looks at them. */
export const persistentSourceKinds = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;

/** What is wrong with the source `kind` of a persistent volume: what there is of it, lies outside of any namespace. */
export function checkPersistentSource(
  path: string,
  kind: Kind,
  spec: Spec,
  name: string,
): readonly FieldError[] {
  switch (kind) {
    case 'local':
      return checkLocal(at(path, 'path'), spec.local?.path);
    case 'csi':
      return checkCsi(path, spec.csi ?? {});
    default:
      return [
        ...checkSharedSource(path, kind, spec[kind] ?? {}),
        ...checkNamespaces(path, kind, spec),
        ...(kind === 'iscsi' ? checkPortalLength(at(path, 'targetportal'), spec, name) : []),
      ];
  }
}

const checkLocal = (path: string, directory: string | undefined): readonly FieldError[] =>
  directory ? checkNoBackstep(path, directory) : [required(path)];

/** Where a secret or an endpoint is, must be said. */
function checkNamespaces(path: string, kind: Kind, spec: Spec): readonly FieldError[] {
  const { azureFile, glusterfs } = spec;
  switch (kind) {
    case 'cinder':
    case 'storageos':
      return spec[kind]?.secretRef && !spec[kind].secretRef.namespace
        ? [required(at(path, 'secretRef', 'namespace'))]
        : [];
    case 'azureFile':
      return azureFile?.secretNamespace === '' ? [required(at(path, 'secretNamespace'))] : [];
    case 'glusterfs':
      return checkEndpointsNamespace(at(path, 'endpointsNamespace'), glusterfs?.endpointsNamespace);
    default:
      return [];
  }
}

function checkEndpointsNamespace(
  path: string,
  namespace: string | undefined,
): readonly FieldError[] {
  if (namespace === undefined) return [];
  const isNone = 'if the endpointnamespace is set, it must be a valid namespace name';
  return namespace
    ? invalidEach(path, namespace, dnsLabel(namespace))
    : [invalidValue(path, namespace, isNone)];
}

const longestPortal = 64;

const checkPortalLength = (path: string, { iscsi }: Spec, name: string): readonly FieldError[] =>
  iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal ?? ''}`.length > longestPortal
    ? [
        invalidValue(
          path,
          iscsi.targetPortal ?? '',
          'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
        ),
      ]
    : [];

const secrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

const checkCsi = (path: string, csi: NonNullable<Spec['csi']>): readonly FieldError[] => [
  ...checkDriverName(at(path, 'driver'), csi.driver),
  ...checkPresent(path, csi, 'volumeHandle'),
  ...secrets.flatMap((field) => {
    const secret = csi[field];
    return secret ? checkSecret(at(path, field), secret) : [];
  }),
];

const checkSecret = (
  path: string,
  { name, namespace }: Given<SecretReference>,
): readonly FieldError[] => [
  ...(name ? checkSubdomain(at(path, 'name'), name) : [required(at(path, 'name'))]),
  ...(namespace
    ? checkDnsLabel(at(path, 'namespace'), namespace)
    : [required(at(path, 'namespace'))]),
];
