import { persistentVolumeClaims as type } from '@berth/api';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { claimSpecWarnings, defaultClaimSpec } from './claim-spec.ts';
import { validateClaim, validateClaimChange, validateClaimStatus } from './claim-validation.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { withBothSources, withoutStrangeSource } from './data-sources.ts';
import { asGiven } from './given.ts';
import { classAnnotationWarning, classOf, showAccessModes, showPhase } from './volume-columns.ts';

export const persistentVolumeClaims: Strategy<PersistentVolumeClaim> = {
  type,
  defaults: (claim) => ({
    ...claim,
    spec: defaultClaimSpec(asGiven(claim).spec ? claim.spec : {}),
    status: { ...claim.status, phase: claim.status?.phase || 'Pending' },
  }),
  prepareForCreate: (claim) => ({
    ...claim,
    spec: withBothSources(withoutStrangeSource(claim.spec, undefined)),
    status: { phase: 'Pending' },
  }),
  prepareForUpdate: (claim, old) => ({
    ...claim,
    spec: withBothSources(withoutStrangeSource(claim.spec, old.spec)),
    ...(old.status && { status: old.status }),
  }),
  validate: validateClaim,
  validateUpdate: validateClaimChange,
  warnings: (claim) => [
    ...classAnnotationWarning(claim),
    ...claimSpecWarnings('spec', asGiven(claim).spec ?? {}),
  ],
  status: { validateUpdate: validateClaimStatus },
  generationOf: () => undefined,
  selectable: ['name'],
  // Upstream's mistake, which clients have got used to.
  selectableFields: ({ metadata }) => ({ name: metadata.name }),
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Whether the claim has a volume.',
      cell: (claim) => showPhase(claim, claim.status?.phase),
    },
    {
      name: 'Volume',
      type: 'string',
      description: 'The volume that the claim has.',
      cell: ({ spec }) => specOf(spec).volumeName ?? '',
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'How large the volume is.',
      cell: ({ spec, status }) =>
        specOf(spec).volumeName ? (status?.capacity?.['storage'] ?? '0') : '',
    },
    {
      name: 'Access Modes',
      type: 'string',
      description: 'How the volume can be used.',
      cell: ({ spec, status }) =>
        specOf(spec).volumeName ? showAccessModes(status?.accessModes) : '',
    },
    {
      name: 'StorageClass',
      type: 'string',
      description: 'The class of storage that is asked for.',
      cell: (claim) => classOf(claim) ?? '',
    },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      description: 'The class of attributes that is asked for.',
      cell: ({ spec }) => specOf(spec).volumeAttributesClassName ?? '<unset>',
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

const specOf = (spec: PersistentVolumeClaimSpec | undefined): PersistentVolumeClaimSpec =>
  spec ?? {};
