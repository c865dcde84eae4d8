import { persistentVolumes as type } from '@berth/api';
import type { PersistentVolume, PersistentVolumeSpec } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { Strategy, StrategyContext } from '../strategy.ts';
import { keepAllButStatus } from '../update-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { asGiven } from './given.ts';
import { volumeWarnings } from './persistent-volume-warnings.ts';
import { validateVolume, validateVolumeChange } from './persistent-volume-validation.ts';
import { defaultHostPath, defaultNetworkVolume } from './pod-spec/volume-defaults.ts';
import { classOf, showAccessModes, showPhase } from './volume-columns.ts';

export const persistentVolumes: Strategy<PersistentVolume> = {
  type,
  defaults: (volume) => ({
    ...volume,
    spec: defaultSpec(asGiven(volume).spec ? volume.spec : {}),
    status: { ...volume.status, phase: volume.status?.phase || 'Pending' },
  }),
  prepareForCreate: (volume, { now }) => ({
    ...volume,
    status: { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) },
  }),
  prepareForUpdate: (volume, old) => ({ ...volume, ...(old.status && { status: old.status }) }),
  validate: validateVolume,
  validateUpdate: validateVolumeChange,
  warnings: volumeWarnings,
  status: { prepareForUpdate: withTransition },
  generationOf: () => undefined,
  selectable: ['name'],
  // Upstream's mistake, which clients have got used to.
  selectableFields: ({ metadata }) => ({ name: metadata.name }),
  columns: [
    nameColumn,
    {
      name: 'Capacity',
      type: 'string',
      description: 'How large the volume is.',
      cell: ({ spec }) => specOf(spec).capacity?.['storage'] ?? '0',
    },
    {
      name: 'Access Modes',
      type: 'string',
      description: 'How the volume can be used.',
      cell: ({ spec }) => showAccessModes(specOf(spec).accessModes),
    },
    {
      name: 'Reclaim Policy',
      type: 'string',
      description: 'What becomes of the volume when it is given back.',
      cell: ({ spec }) => specOf(spec).persistentVolumeReclaimPolicy ?? '',
    },
    {
      name: 'Status',
      type: 'string',
      description: 'Whether the volume is free, bound or given back.',
      cell: (volume) => showPhase(volume, volume.status?.phase),
    },
    {
      name: 'Claim',
      type: 'string',
      description: 'The claim that has the volume.',
      cell: ({ spec }) => showClaim(specOf(spec).claimRef),
    },
    {
      name: 'StorageClass',
      type: 'string',
      description: 'The class that the volume belongs to.',
      cell: (volume) => classOf(volume) ?? '',
    },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      description: 'The class of attributes that the volume has.',
      cell: ({ spec }) => specOf(spec).volumeAttributesClassName ?? '<unset>',
    },
    {
      name: 'Reason',
      type: 'string',
      description: 'Why the volume is in this state, in a word.',
      cell: ({ status }) => status?.reason ?? '',
    },
    ageColumn,
    {
      name: 'VolumeMode',
      type: 'string',
      description: 'Whether the volume is a file system or a block device.',
      priority: 1,
      cell: ({ spec }) => specOf(spec).volumeMode ?? '<unset>',
    },
  ],
  allowUnconditionalUpdate: true,
};

const specOf = (spec: PersistentVolumeSpec | undefined): PersistentVolumeSpec => spec ?? {};

const showClaim = (claim: PersistentVolumeSpec['claimRef']) =>
  claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '';

const defaultSpec = ({ hostPath, ...spec }: PersistentVolumeSpec): PersistentVolumeSpec => ({
  ...spec,
  ...(hostPath && { hostPath: defaultHostPath(hostPath) }),
  ...defaultNetworkVolume(spec),
  persistentVolumeReclaimPolicy: spec.persistentVolumeReclaimPolicy || 'Retain',
  volumeMode: spec.volumeMode ?? 'Filesystem',
});

/** Another phase has a time, also when its writer does not tell one. */
function withTransition(
  volume: PersistentVolume,
  old: PersistentVolume,
  context: StrategyContext,
): PersistentVolume {
  const next = keepAllButStatus(volume, old, context) as PersistentVolume;
  const time = transitionTime(next.status, old.status, context.now);
  return time === undefined
    ? next
    : { ...next, status: { ...next.status, lastPhaseTransitionTime: time } };
}

type Status = PersistentVolume['status'];

function transitionTime(status: Status, old: Status, now: number): string | undefined {
  const told = status?.lastPhaseTransitionTime;
  const before = old?.lastPhaseTransitionTime;
  if (status?.phase === old?.phase) return told ?? before;
  return told === undefined || told === before ? formatTime(now) : told;
}
