import type { Container, FieldError, VolumeDevice, VolumeMount } from '@berth/api';
import { forbiddenField, invalidValue, notSupported, required, valueNotFound } from '@berth/api';
import { checkOneOf, checkRelativePath, hasBackstep } from '../field-checks.ts';
import type { Given } from '../given.ts';
import type { NamedVolumes } from './volumes.ts';

type Mount = Given<VolumeMount>;
type Device = Given<VolumeDevice>;

/** Where the volumes of a pod appear in one container. */
export function validateVolumeMounts(
  path: string,
  container: Given<Container>,
  volumes: NamedVolumes,
): readonly FieldError[] {
  const { volumeMounts = [], volumeDevices = [] } = container;
  return volumeMounts.flatMap((mount, i) => [
    ...validatePlace(`${path}[${i}]`, mount, volumeMounts.slice(0, i), volumes),
    ...validateNoDevice(`${path}[${i}]`, mount, volumeDevices),
    ...validateSubPath(path, `${path}[${i}]`, mount, volumes),
    ...validatePropagation(`${path}.mountPropagation`, mount, container),
    ...validateRecursiveReadOnly(`${path}.recursiveReadOnly`, mount),
  ]);
}

function validatePlace(
  at: string,
  { name = '', mountPath = '' }: Mount,
  earlier: readonly Mount[],
  volumes: NamedVolumes,
): readonly FieldError[] {
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(volumes.has(name) ? [] : [valueNotFound(`${at}.name`, name)]),
    ...(mountPath ? [] : [required(`${at}.mountPath`)]),
    ...(earlier.some((other) => other.mountPath === mountPath)
      ? [invalidValue(`${at}.mountPath`, mountPath, 'must be unique')]
      : []),
  ];
}

const validateNoDevice = (
  at: string,
  { name, mountPath }: Mount,
  devices: readonly Device[],
): readonly FieldError[] => [
  ...(devices.some((device) => device.name === name)
    ? [invalidValue(`${at}.name`, name, 'must not already exist in volumeDevices')]
    : []),
  ...(devices.some(({ devicePath }) => devicePath === mountPath)
    ? [
        invalidValue(
          `${at}.mountPath`,
          mountPath,
          'must not already exist as a path in volumeDevices',
        ),
      ]
    : []),
];

function validateSubPath(
  path: string,
  at: string,
  { name = '', subPath, subPathExpr }: Mount,
  volumes: NamedVolumes,
): readonly FieldError[] {
  return [
    ...(subPath ? checkRelativePath(`${path}.subPath`, subPath) : []),
    ...(subPathExpr && subPath
      ? [
          invalidValue(
            `${at}.subPathExpr`,
            subPathExpr,
            'subPathExpr and subPath are mutually exclusive',
          ),
        ]
      : []),
    ...(subPathExpr ? checkRelativePath(`${path}.subPathExpr`, subPathExpr) : []),
    ...(subPathExpr && volumes.get(name)?.image
      ? [invalidValue(`${at}.subPathExpr`, subPathExpr, 'not allowed in image volume sources')]
      : []),
  ];
}

function validatePropagation(
  path: string,
  { mountPropagation }: Mount,
  { securityContext }: Given<Container>,
): readonly FieldError[] {
  return [
    ...checkOneOf(path, mountPropagation, ['Bidirectional', 'HostToContainer', 'None']),
    ...(mountPropagation === 'Bidirectional' && !securityContext?.privileged
      ? [
          forbiddenField(
            path,
            'Bidirectional mount propagation is available only to privileged containers',
          ),
        ]
      : []),
  ];
}

function validateRecursiveReadOnly(path: string, mount: Mount): readonly FieldError[] {
  const { recursiveReadOnly = 'Disabled', mountPropagation = 'None' } = mount;
  if (recursiveReadOnly === 'Disabled') return [];
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') {
    return [notSupported(path, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])];
  }
  return [
    ...(mount.readOnly
      ? []
      : [forbiddenField(path, 'may only be specified when readOnly is true')]),
    ...(mountPropagation === 'None'
      ? []
      : [
          forbiddenField(
            path,
            'may only be specified when mountPropagation is None or not specified',
          ),
        ]),
  ];
}

/** Volumes that a container sees as block devices. */
export const validateVolumeDevices = (
  path: string,
  devices: readonly Device[],
  mounts: readonly Mount[],
  volumes: NamedVolumes,
): readonly FieldError[] =>
  devices.flatMap((device, i) => [
    ...validateDeviceName(`${path}[${i}].name`, device, devices.slice(0, i), mounts, volumes),
    ...validateDevicePath(`${path}[${i}].devicePath`, device, devices.slice(0, i), mounts),
  ]);

function validateDeviceName(
  path: string,
  { name = '' }: Device,
  earlier: readonly Device[],
  mounts: readonly Mount[],
  volumes: NamedVolumes,
): readonly FieldError[] {
  const volume = volumes.get(name);
  const onlyClaims =
    'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
  return [
    ...(name ? [] : [required(path)]),
    ...(earlier.some((other) => other.name === name)
      ? [invalidValue(path, name, 'must be unique')]
      : []),
    ...(volume && !volume.persistentVolumeClaim && !volume.ephemeral
      ? [invalidValue(path, name, onlyClaims)]
      : []),
    ...(volume ? [] : [valueNotFound(path, name)]),
    ...(mounts.some((mount) => mount.name === name)
      ? [invalidValue(path, name, 'must not already exist in volumeMounts')]
      : []),
  ];
}

const validateDevicePath = (
  path: string,
  { devicePath = '' }: Device,
  earlier: readonly Device[],
  mounts: readonly Mount[],
): readonly FieldError[] => [
  ...(devicePath ? [] : [required(path)]),
  ...(earlier.some((other) => other.devicePath === devicePath)
    ? [invalidValue(path, devicePath, 'must be unique')]
    : []),
  ...(hasBackstep(devicePath)
    ? [invalidValue(path, devicePath, "can not contain backsteps ('..')")]
    : []),
  ...(mounts.some(({ mountPath }) => mountPath === devicePath)
    ? [invalidValue(path, devicePath, 'must not already exist as a path in volumeMounts')]
    : []),
];
