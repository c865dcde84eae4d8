import type { ResourceV1ResourceClaim } from '@berth/api';
import { isDeepEqual, resourceClaims as resourceClaimsType } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { keepAllButStatus } from '../update-rules.ts';
import { withRequestDefaults } from './claim-defaults.ts';
import { validateClaimStatus, withoutDeallocated } from './claim-status.ts';
import { checkDeviceClaim } from './device-claim.ts';

type Claim = ResourceV1ResourceClaim;

export const resourceClaims: Strategy<Claim> = {
  type: resourceClaimsType,
  defaults: (claim) => ({ ...claim, spec: withRequestDefaults(claim.spec) }),
  prepareForCreate: ({ status: _, ...claim }) => claim,
  prepareForUpdate: ({ status: _, ...claim }, old) => ({
    ...claim,
    ...(old.status && { status: old.status }),
  }),
  validate: (claim) => checkDeviceClaim('spec.devices', asGiven(claim).spec?.devices ?? {}),
  validateUpdate: ({ spec }, old) => checkUnchanged('spec', spec, isDeepEqual(spec, old.spec)),
  status: {
    keepsMeta: true,
    prepareForUpdate: (claim, old, context) =>
      withoutDeallocated(keepAllButStatus(claim, old, context) as Claim, old),
    validateUpdate: validateClaimStatus,
  },
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'State',
      type: 'string',
      description: 'Whether devices are set aside, and for somebody.',
      cell: stateOf,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

function stateOf({ metadata, status }: Claim): string {
  const { allocation, reservedFor = [] } = status ?? {};
  const deleted = metadata.deletionTimestamp !== undefined;
  return [
    ...(deleted ? ['deleted'] : []),
    ...(allocation || deleted ? [] : ['pending']),
    ...(allocation ? ['allocated'] : []),
    ...(allocation && reservedFor.length ? ['reserved'] : []),
  ].join(',');
}
