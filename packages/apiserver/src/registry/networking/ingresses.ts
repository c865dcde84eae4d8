import type { FieldError, Ingress } from '@berth/api';
import { ingresses as ingressesType, invalidValue } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Column, Strategy } from '../strategy.ts';
import { checkIngressSpec, checkIngressStatus } from './ingress-validation.ts';

const classAnnotation = 'kubernetes.io/ingress.class';

export const ingresses: Strategy<Ingress> = {
  type: ingressesType,
  prepareForCreate: (ingress) => ({ ...ingress, status: { loadBalancer: {} } }),
  prepareForUpdate: ({ status: _, ...ingress }, old) => ({
    ...ingress,
    ...(old.status && { status: old.status }),
  }),
  validate: (ingress) => [
    ...checkIngressSpec(asGiven(ingress).spec ?? {}),
    ...checkAnnotation(ingress),
  ],
  validateUpdate: (ingress) => checkIngressSpec(asGiven(ingress).spec ?? {}),
  status: { validateUpdate: (ingress) => checkIngressStatus(asGiven(ingress).status ?? {}) },
  warnings: ({ metadata: { annotations = {} } }, old) =>
    old === undefined && Object.hasOwn(annotations, classAnnotation)
      ? [
          `annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`,
        ]
      : [],
  columns: columns(),
  allowUnconditionalUpdate: true,
};

function checkAnnotation(ingress: Ingress): readonly FieldError[] {
  const { annotations = {} } = ingress.metadata;
  const named = asGiven(ingress).spec?.ingressClassName;
  const noted = Object.hasOwn(annotations, classAnnotation)
    ? annotations[classAnnotation]
    : undefined;
  return noted === undefined || named === undefined || noted === named
    ? []
    : [
        invalidValue(
          `annotations.${classAnnotation}`,
          noted,
          'must match `ingressClassName` when both are specified',
        ),
      ];
}

const mostHosts = 3;

function columns(): readonly Column<Ingress>[] {
  return [
    nameColumn,
    {
      name: 'Class',
      type: 'string',
      description: 'Who serves the ingress.',
      cell: (ingress) => asGiven(ingress).spec?.ingressClassName ?? '<none>',
    },
    {
      name: 'Hosts',
      type: 'string',
      description: 'The hosts that are asked for.',
      cell: (ingress) =>
        showHosts((asGiven(ingress).spec?.rules ?? []).map(({ host = '' }) => host)),
    },
    {
      name: 'Address',
      type: 'string',
      description: 'Where it is reached.',
      cell: ({ status }) =>
        (status?.loadBalancer?.ingress ?? [])
          .map(({ ip, hostname }) => ip || hostname)
          .filter(Boolean)
          .join(','),
    },
    {
      name: 'Ports',
      type: 'string',
      description: 'The ports on which it is reached.',
      cell: (ingress) => (asGiven(ingress).spec?.tls?.length ? '80, 443' : '80'),
    },
    ageColumn,
  ];
}

function showHosts(all: readonly string[]): string {
  const hosts = all.filter(Boolean);
  if (hosts.length === 0) return '*';
  const shown = hosts.slice(0, mostHosts).join(',');
  return hosts.length > mostHosts ? `${shown} + ${hosts.length - mostHosts} more...` : shown;
}
