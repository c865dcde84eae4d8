import type { FieldError, Lease } from '@berth/api';
import { forbiddenField, invalidValue, leases as leasesType } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkNonNegative } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';

export const leases: Strategy<Lease> = {
  type: leasesType,
  defaults: (lease) => ({ ...lease, spec: asGiven(lease).spec ?? {} }),
  validate,
  validateUpdate: validate,
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'Holder',
      type: 'string',
      description: 'Who holds the lease.',
      cell: ({ spec }) => spec.holderIdentity ?? '',
    },
    ageColumn,
  ],
  allowCreateOnUpdate: true,
};

function validate({ spec }: Lease): readonly FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, preferredHolder, strategy } = spec;
  return [
    ...(leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0
      ? [invalidValue('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')]
      : []),
    ...checkNonNegative('spec.leaseTransitions', leaseTransitions),
    ...(preferredHolder && !strategy
      ? [forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined')]
      : []),
  ];
}
