import type { FieldError, IPAddress, ParentReference } from '@berth/api';
import { ipAddresses as ipAddressesType, isDeepEqual, required } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkPathSegment, checkSubdomain, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { checkSegment } from './references.ts';

/** Addresses that are taken; those of services are kept by whoever allocates them. */
export const ipAddresses: Strategy<IPAddress> = {
  type: ipAddressesType,
  nameKind: 'ip-address',
  validate: (address) => checkParent('spec.parentRef', asGiven(address).spec?.parentRef),
  validateUpdate: (address, old) => {
    const { parentRef } = asGiven(address).spec ?? {};
    const isSame = isDeepEqual(parentRef, asGiven(old).spec?.parentRef);
    return checkUnchanged('spec.parentRef', parentRef ?? null, isSame);
  },
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'ParentRef',
      type: 'string',
      description: 'The object that has the address.',
      cell: (address) => showParent(asGiven(address).spec?.parentRef),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

function checkParent(
  path: string,
  parent: Given<ParentReference> | undefined,
): readonly FieldError[] {
  if (!parent) return [required(path)];
  const { group, resource, name, namespace } = parent;
  return [
    ...(group ? checkSubdomain(`${path}.group`, group) : []),
    ...checkSegment(`${path}.resource`, resource),
    ...checkSegment(`${path}.name`, name),
    ...(namespace ? checkPathSegment(`${path}.namespace`, namespace) : []),
  ];
}

function showParent(parent: Given<ParentReference> | undefined): string {
  if (!parent) return '<none>';
  const { group, resource = '', name = '', namespace } = parent;
  const kind = group ? `${resource}.${group}` : resource;
  return [kind, ...(namespace ? [namespace] : []), name].join('/').toLowerCase();
}
