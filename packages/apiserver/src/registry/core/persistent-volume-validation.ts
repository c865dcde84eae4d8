import { posix } from 'node:path';
import { at, forbiddenField, invalidValue, isDeepEqual, notSupported, required } from '@berth/api';
import type {
  FieldError,
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from '@berth/api';
import { checkAccessModes, checkClassName, volumeModes } from './claim-spec.ts';
import { checkOneOf, checkUnchanged } from './field-checks.ts';
import { asGiven } from './given.ts';
import type { Given } from './given.ts';
import { checkPersistentSource, persistentSourceKinds } from './persistent-sources.ts';
import { validateNodeSelector } from './pod-spec/affinity.ts';
import { checkAmount, checkPositive } from './storage-amounts.ts';
import { checkOneSource } from './volume-sources.ts';

type Spec = Given<PersistentVolumeSpec>;

export const validateVolume = (volume: PersistentVolume): readonly FieldError[] =>
  validateVolumeSpec('spec', asGiven(volume).spec ?? {}, volume.metadata.name);

function validateVolumeSpec(path: string, spec: Spec, name: string): readonly FieldError[] {
  const { accessModes = [], nodeAffinity, persistentVolumeReclaimPolicy: policy } = spec;
  return [
    ...(accessModes.length ? [] : [required(at(path, 'accessModes'))]),
    ...checkAccessModes(at(path, 'accessModes'), accessModes),
    ...checkCapacity(at(path, 'capacity'), spec.capacity ?? {}),
    ...checkOneOf(at(path, 'persistentVolumeReclaimPolicy'), policy, [
      'Delete',
      'Recycle',
      'Retain',
    ]),
    ...(nodeAffinity ? checkNodeAffinity(at(path, 'nodeAffinity'), nodeAffinity) : []),
    ...checkOneSource(path, spec, persistentSourceKinds, (where, kind) =>
      checkPersistentSource(where, kind, spec, name),
    ),
    ...(spec.local && !nodeAffinity
      ? [required(at(path, 'nodeAffinity'), 'Local volume requires node affinity')]
      : []),
    ...(policy === 'Recycle' && isRoot(spec.hostPath?.path)
      ? [
          forbiddenField(
            at(path, 'persistentVolumeReclaimPolicy'),
            "may not be 'recycle' for a hostPath mount of '/'",
          ),
        ]
      : []),
    ...checkClassName(at(path, 'storageClassName'), spec.storageClassName),
    ...checkOneOf(at(path, 'volumeMode'), spec.volumeMode, volumeModes),
    ...checkAttributesClass(path, spec),
  ];
}

/** The volume of an attachment that has no object of its own: only CSI knows such. */
export function validateInlineVolume(path: string, spec: Spec): readonly FieldError[] {
  const inline = 'in the context of inline volumes';
  const { accessModes = [], persistentVolumeReclaimPolicy: policy, volumeMode } = spec;
  const unwanted = (field: keyof PersistentVolumeSpec) =>
    spec[field] === undefined
      ? []
      : [forbiddenField(at(path, field), `may not be specified ${inline}`)];
  return [
    ...unwanted('claimRef'),
    ...unwanted('capacity'),
    ...(spec.csi ? [] : [required(at(path, 'csi'), `has to be specified ${inline}`)]),
    ...(accessModes.length ? [] : [required(at(path, 'accessModes'))]),
    ...checkAccessModes(at(path, 'accessModes'), accessModes),
    ...(policy && policy !== 'Retain'
      ? [forbiddenField(at(path, 'persistentVolumeReclaimPolicy'), `may only be Retain ${inline}`)]
      : []),
    ...unwanted('nodeAffinity'),
    ...checkOneSource(path, spec, persistentSourceKinds, (where, kind) =>
      checkPersistentSource(where, kind, spec, ''),
    ),
    ...unwanted('storageClassName'),
    ...(volumeMode !== undefined && volumeMode !== 'Filesystem'
      ? [
          forbiddenField(
            at(path, 'volumeMode'),
            `may not specify volumeMode other than Filesystem ${inline}`,
          ),
        ]
      : []),
    ...checkAttributesClass(path, spec),
  ];
}

const isRoot = (path = '') => posix.normalize(path) === '/';

function checkCapacity(
  path: string,
  capacity: Readonly<Record<string, string>>,
): readonly FieldError[] {
  const names = Object.keys(capacity);
  return [
    ...(names.length ? [] : [required(path)]),
    ...(names.length === 1 && names[0] === 'storage'
      ? []
      : [notSupported(path, capacity, ['storage'])]),
    ...Object.entries(capacity).flatMap(([name, size]) => [
      ...checkAmount(`${path}[${name}]`, size),
      ...checkPositive(`${path}[${name}]`, size),
    ]),
  ];
}

const checkNodeAffinity = (
  path: string,
  affinity: Given<VolumeNodeAffinity>,
): readonly FieldError[] =>
  affinity.required
    ? validateNodeSelector(at(path, 'required'), affinity.required)
    : [required(at(path, 'required'), 'must specify required node constraints')];

function checkAttributesClass(
  path: string,
  { volumeAttributesClassName: name, csi }: Spec,
): readonly FieldError[] {
  if (name === undefined) return [];
  const where = at(path, 'volumeAttributesClassName');
  return [
    ...(name ? checkClassName(where, name) : [required(where, 'an empty string is disallowed')]),
    ...(csi
      ? []
      : [required(at(path, 'csi'), 'has to be specified when using volumeAttributesClassName')]),
  ];
}

/** A volume stays what and where it is. */
export function validateVolumeChange(
  volume: PersistentVolume,
  old: PersistentVolume,
): readonly FieldError[] {
  return [
    ...validateVolume(volume),
    ...(isDeepEqual(sourceOf(volume.spec, old.spec), sourceOf(old.spec, old.spec))
      ? []
      : [
          forbiddenField(
            'spec.persistentvolumesource',
            'spec.persistentvolumesource is immutable after creation',
          ),
        ]),
    ...checkUnchanged(
      'volumeMode',
      volume.spec.volumeMode ?? null,
      volume.spec.volumeMode === old.spec.volumeMode,
    ),
    ...checkSameNodes(volume.spec.nodeAffinity, old.spec.nodeAffinity),
    ...(old.spec.volumeAttributesClassName !== undefined &&
    volume.spec.volumeAttributesClassName === undefined
      ? [
          forbiddenField(
            'spec.volumeAttributesClassName',
            'update from non-nil value to nil is forbidden',
          ),
        ]
      : []),
  ];
}

/** The sources alone. A secret for expansion may be added to a volume that had none. */
function sourceOf(spec: PersistentVolumeSpec, old: PersistentVolumeSpec) {
  const kinds = persistentSourceKinds.flatMap((kind) =>
    spec[kind] === undefined ? [] : [[kind, spec[kind]] as const],
  );
  const sources: Partial<PersistentVolumeSpec> = Object.fromEntries(kinds);
  if (!sources.csi || !old.csi || old.csi.controllerExpandSecretRef) return sources;
  const { controllerExpandSecretRef: _added, ...csi } = sources.csi;
  return { ...sources, csi };
}

const newLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
};

/** Where a volume can be used does not change once it is said; only the old names of labels may become the new ones. */
function checkSameNodes(
  affinity: VolumeNodeAffinity | undefined,
  old: VolumeNodeAffinity | undefined,
): readonly FieldError[] {
  if (!old || isDeepEqual(withOldNames(affinity, old), old)) return [];
  return [
    invalidValue(
      'nodeAffinity',
      affinity ?? null,
      'field is immutable, except for updating from beta label to GA',
    ),
  ];
}

function withOldNames(
  affinity: VolumeNodeAffinity | undefined,
  old: VolumeNodeAffinity,
): VolumeNodeAffinity | undefined {
  const terms = affinity?.required?.nodeSelectorTerms;
  const before = old.required?.nodeSelectorTerms ?? [];
  if (!terms) return affinity;
  return {
    required: {
      nodeSelectorTerms: terms.map((term, i) => ({
        ...term,
        ...(term.matchExpressions && {
          matchExpressions: term.matchExpressions.map((expression, j) => {
            const key = before[i]?.matchExpressions?.[j]?.key;
            return key !== undefined && newLabels[key] === expression.key
              ? { ...expression, key }
              : expression;
          }),
        }),
      })),
    },
  };
}
