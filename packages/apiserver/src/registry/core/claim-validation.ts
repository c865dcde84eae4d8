import {
  compareQuantities,
  forbiddenField,
  isDeepEqual,
  notSupported,
  parseQuantity,
  required,
} from '@berth/api';
import type { FieldError, PersistentVolumeClaim, PersistentVolumeClaimSpec } from '@berth/api';
import { validateClaimSpec } from './claim-spec.ts';
import { checkQualifiedName, checkUnchanged } from './field-checks.ts';
import { asGiven } from './given.ts';
import { checkResourceQuantity } from './pod-spec/resources.ts';
import { checkAmount } from './storage-amounts.ts';
import { classAnnotation } from './volume-columns.ts';

export const validateClaim = (claim: PersistentVolumeClaim): readonly FieldError[] =>
  validateClaimSpec('spec', asGiven(claim).spec ?? {});

/** A claim stays as it is: it may only grow, get its volume, and change its attributes once it has one. */
export function validateClaimChange(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): readonly FieldError[] {
  const had = old.spec.dataSource?.apiGroup ?? old.spec.dataSourceRef?.apiGroup;
  return [
    ...validateClaimSpec('spec', asGiven(claim).spec ?? {}, { oldGroups: had !== undefined }),
    ...checkClassAnnotation(claim, old),
    ...(isDeepEqual(comparable(claim, old), comparableOld(claim, old))
      ? []
      : [
          forbiddenField(
            'spec',
            'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
          ),
        ]),
    ...checkSize(claim, old),
    ...checkUnchanged(
      'spec.volumeMode',
      claim.spec.volumeMode ?? null,
      claim.spec.volumeMode === old.spec.volumeMode,
    ),
    ...checkAttributesClass(claim.spec, old.spec),
  ];
}

const annotated = ({ metadata }: PersistentVolumeClaim) => metadata.annotations?.[classAnnotation];

/** Whether the class moves from the annotation of old into its field. */
const movesClass = (claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean => {
  const before = annotated(old);
  const now = annotated(claim);
  return (
    before !== undefined &&
    old.spec.storageClassName === undefined &&
    claim.spec.storageClassName === before &&
    (now === undefined || now === before)
  );
};

/** A claim without a class may get one, later. */
const getsClass = (claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean => {
  const { storageClassName } = claim.spec;
  const before = annotated(old);
  return (
    storageClassName !== undefined &&
    old.spec.storageClassName === undefined &&
    (before === undefined || before === storageClassName)
  );
};

const checkClassAnnotation = (
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): readonly FieldError[] =>
  movesClass(claim, old)
    ? []
    : checkUnchanged(
        `metadata.annotations.${classAnnotation}`,
        annotated(claim) ?? '',
        annotated(claim) === annotated(old),
      );

/** The new spec with everything that may change as it was. */
function comparable(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): PersistentVolumeClaimSpec {
  const { storageClassName, volumeAttributesClassName, resources, ...spec } = claim.spec;
  const bound = claim.status?.phase === 'Bound';
  const className =
    movesClass(claim, old) || getsClass(claim, old) ? old.spec.storageClassName : storageClassName;
  const attributes =
    bound && volumeAttributesClassName !== undefined
      ? old.spec.volumeAttributesClassName
      : volumeAttributesClassName;
  const size = old.spec.resources?.requests?.['storage'];
  return {
    ...spec,
    ...(className !== undefined && { storageClassName: className }),
    ...(attributes !== undefined && { volumeAttributesClassName: attributes }),
    ...(resources && {
      resources:
        bound && resources.requests && size !== undefined
          ? { ...resources, requests: { ...resources.requests, storage: size } }
          : resources,
    }),
  };
}

/** The name of the volume may be given once. */
const comparableOld = (
  { spec: { volumeName } }: PersistentVolumeClaim,
  { spec }: PersistentVolumeClaim,
): PersistentVolumeClaimSpec =>
  spec.volumeName || volumeName === undefined ? spec : { ...spec, volumeName };

const zero = '0';
const requestOf = ({ spec }: PersistentVolumeClaim) =>
  parseQuantity(spec.resources?.requests?.['storage'] ?? zero);

/** Asking for less is a way out of an expansion that fails; what the volume has already cannot be given back. */
function checkSize(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): readonly FieldError[] {
  const size = requestOf(claim);
  const has = parseQuantity(old.status?.capacity?.['storage'] ?? zero);
  return compareQuantities(size, requestOf(old)) < 0 && compareQuantities(size, has) <= 0
    ? [
        forbiddenField(
          'spec.resources.requests.storage',
          'field can not be less than status.capacity',
        ),
      ]
    : [];
}

function checkAttributesClass(
  { volumeAttributesClassName: now }: PersistentVolumeClaimSpec,
  { volumeAttributesClassName: before }: PersistentVolumeClaimSpec,
): readonly FieldError[] {
  if (before === undefined || now === before || now) return [];
  const what = now === undefined ? 'nil' : 'an empty string';
  return [
    forbiddenField(
      'spec.volumeAttributesClassName',
      `update from non-nil value to ${what} is forbidden`,
    ),
  ];
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort();

export function validateClaimStatus(claim: PersistentVolumeClaim): readonly FieldError[] {
  const {
    capacity = {},
    allocatedResources = {},
    allocatedResourceStatuses = {},
  } = asGiven(claim).status ?? {};
  const states = 'status.allocatedResourceStatus';
  return [
    ...(claim.spec.accessModes?.length ? [] : [required('Spec.accessModes')]),
    ...Object.entries(capacity).flatMap(([name, size]) =>
      checkAmount(`status.capacity[${name}]`, size),
    ),
    ...Object.entries(allocatedResourceStatuses).flatMap(([name, state]) => [
      ...checkStorageName(states, name),
      ...(resizeStates.includes(state) ? [] : [notSupported(states, name, resizeStates)]),
    ]),
    ...Object.entries(allocatedResources).flatMap(([name, size]) => {
      const path = 'status.allocatedResources';
      const errors = checkStorageName(path, name);
      return errors.length ? errors : checkResourceQuantity(`${path}[${name}]`, 'storage', size);
    }),
  ];
}

function checkStorageName(path: string, name: string): readonly FieldError[] {
  const errors = checkQualifiedName(path, name);
  const isNative = !name.includes('/') || name.includes('kubernetes.io/');
  if (errors.length || !isNative || name === 'storage') return errors;
  return [notSupported(path, name, ['storage'])];
}
