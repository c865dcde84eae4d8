import {
  at,
  forbiddenField,
  invalidValue,
  isDeepEqual,
  notSupported,
  parseQuantity,
  required,
} from '@berth/api';
import type {
  FieldError,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
  TypedObjectReference,
} from '@berth/api';
import { checkDnsLabel, checkLabelSelector, checkOneOf, checkSubdomain } from './field-checks.ts';
import type { Given } from './given.ts';
import { roundedResources } from './pod-spec/resource-defaults.ts';
import { checkPositive } from './storage-amounts.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

export const defaultClaimSpec = (spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec => ({
  ...spec,
  ...(spec.resources && { resources: roundedResources(spec.resources) }),
  volumeMode: spec.volumeMode ?? 'Filesystem',
});

/** The spec of a claim, also where it is a template. `oldGroups` takes groups as they were taken once. */
export function validateClaimSpec(
  path: string,
  spec: Given<PersistentVolumeClaimSpec>,
  { oldGroups = false }: { readonly oldGroups?: boolean } = {},
): readonly FieldError[] {
  const { selector, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  return [
    ...(spec.accessModes?.length
      ? []
      : [required(at(path, 'accessModes'), 'at least 1 access mode is required')]),
    ...(selector ? checkLabelSelector(at(path, 'selector'), selector) : []),
    ...checkAccessModes(at(path, 'accessModes'), spec.accessModes ?? []),
    ...checkRequest(at(path, 'resources[storage]'), spec.resources?.requests?.['storage']),
    ...checkClassName(at(path, 'storageClassName'), storageClassName),
    ...checkOneOf(at(path, 'volumeMode'), volumeMode, volumeModes),
    ...checkSource(at(path, 'dataSource'), spec.dataSource, oldGroups),
    ...checkSource(at(path, 'dataSourceRef'), spec.dataSourceRef, oldGroups),
    ...checkSameSource(path, spec),
    ...checkClassName(at(path, 'volumeAttributesClassName'), volumeAttributesClassName),
  ];
}

/** Known ways to use a volume; that of a single pod goes with no other. */
export function checkAccessModes(path: string, modes: readonly string[]): readonly FieldError[] {
  const known = modes.filter((mode) => accessModes.includes(mode));
  return [
    ...modes
      .filter((mode) => !accessModes.includes(mode))
      .map((mode) => notSupported(path, mode, accessModes)),
    ...(known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')
      ? [forbiddenField(path, 'may not use ReadWriteOncePod with other access modes')]
      : []),
  ];
}

const checkRequest = (path: string, size: string | undefined): readonly FieldError[] =>
  size === undefined ? [required(path)] : checkPositive(path, size);

/** The name of a class, when there is one that is not empty. */
export const checkClassName = (path: string, name: string | undefined): readonly FieldError[] =>
  name ? checkSubdomain(path, name) : [];

function checkSource(
  path: string,
  source: Given<TypedLocalObjectReference> | Given<TypedObjectReference> | undefined,
  oldGroups: boolean,
): readonly FieldError[] {
  if (!source) return [];
  const { name, kind = '', apiGroup } = source;
  const { namespace } = source as Given<TypedObjectReference>;
  return [
    ...(name ? [] : [required(at(path, 'name'))]),
    ...(kind ? [] : [required(at(path, 'kind'))]),
    ...(!apiGroup && kind !== 'PersistentVolumeClaim'
      ? [
          invalidValue(
            path,
            kind,
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
          ),
        ]
      : []),
    ...(apiGroup && !oldGroups ? checkSubdomain(at(path, 'apiGroup'), apiGroup) : []),
    ...(namespace ? checkDnsLabel(at(path, 'namespace'), namespace) : []),
  ];
}

function checkSameSource(
  path: string,
  { dataSource, dataSourceRef }: Given<PersistentVolumeClaimSpec>,
): readonly FieldError[] {
  if (!dataSource || !dataSourceRef) return [];
  const { namespace, ...reference } = dataSourceRef;
  if (!namespace && isDeepEqual(dataSource, reference)) return [];
  const why = namespace
    ? 'may not be specified when dataSourceRef.namespace is specified'
    : 'must match dataSourceRef';
  return [invalidValue(path, at(path, 'dataSource'), why)];
}

/** Parts of a byte are nothing that anybody can have. */
export const claimSpecWarnings = (
  path: string,
  { resources = {} }: Given<PersistentVolumeClaimSpec>,
): readonly string[] =>
  (['requests', 'limits'] as const).flatMap((part) => {
    const size = resources[part]?.['storage'];
    return size !== undefined && parseQuantity(size).nanos % 1_000_000_000n !== 0n
      ? [
          `${path}.resources.${part}[storage]: fractional byte value ${JSON.stringify(size)} is invalid, must be an integer`,
        ]
      : [];
  });
