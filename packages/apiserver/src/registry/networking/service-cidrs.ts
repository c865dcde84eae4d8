import { isIPv6 } from 'node:net';
import type { FieldError, ServiceCIDR } from '@berth/api';
import { at, invalidValue, required, serviceCidrs as serviceCidrsType } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { checkCanonicalCidr } from './canonical-ip.ts';

export const serviceCidrs: Strategy<ServiceCIDR> = {
  type: serviceCidrsType,
  prepareForCreate: ({ status: _, ...cidr }) => cidr,
  prepareForUpdate: ({ status: _, ...cidr }, old) => ({
    ...cidr,
    ...(old.status && { status: old.status }),
  }),
  validate: (cidr) => checkCidrs('spec.cidrs', cidrsOf(cidr)),
  validateUpdate: (cidr, old) => checkKept('spec.cidrs', cidrsOf(cidr), cidrsOf(old)),
  status: {},
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'CIDRs',
      type: 'string',
      description: 'The networks from which services get addresses.',
      cell: (cidr) => cidrsOf(cidr).join(','),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

const cidrsOf = (cidr: ServiceCIDR): readonly string[] => asGiven(cidr).spec?.cidrs ?? [];

function checkCidrs(path: string, cidrs: readonly string[]): readonly FieldError[] {
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalidValue(path, { cidrs }, 'may only hold up to 2 values')];
  const problems = cidrs.flatMap((cidr, i) => checkCanonicalCidr(at(path, i), cidr));
  const families = new Set(cidrs.map((cidr) => isIPv6(cidr.split('/')[0] ?? '')));
  return problems.length === 0 && families.size < cidrs.length
    ? [
        invalidValue(
          path,
          cidrs,
          'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
        ),
      ]
    : problems;
}

/** A second family may come later; what is there stays. */
function checkKept(
  path: string,
  cidrs: readonly string[],
  old: readonly string[],
): readonly FieldError[] {
  const immutable = 'field is immutable';
  const grows = old.length === 1 && cidrs.length === 2;
  if (!grows && cidrs.length !== old.length) return [invalidValue(path, cidrs, immutable)];
  return [
    ...old.flatMap((before, i) =>
      cidrs[i] === before ? [] : [invalidValue(at(path, i), cidrs[i], immutable)],
    ),
    ...(grows ? checkCidrs(path, cidrs) : []),
  ];
}
