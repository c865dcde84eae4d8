import type { EndpointSlice } from '@berth/api';
import { endpointSlices as endpointSlicesType } from '@berth/api';
import { ageColumn, listSome, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { validateEndpointSlice, validateEndpointSliceChange } from './endpoint-slice-validation.ts';

/** Longer lists are cut in tables. */
const mostShown = 3;

export const endpointSlices: Strategy<EndpointSlice> = {
  type: endpointSlicesType,
  defaults: (slice) => ({
    ...slice,
    endpoints: slice.endpoints ?? [],
    ...(slice.ports && {
      ports: slice.ports.map((port) => ({
        ...port,
        name: port.name ?? '',
        protocol: port.protocol ?? 'TCP',
      })),
    }),
  }),
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceChange,
  generationOf: ({ metadata, addressType, endpoints, ports }) => ({
    labels: metadata.labels ?? {},
    addressType,
    endpoints: endpoints ?? [],
    ports: ports ?? [],
  }),
  columns: [
    nameColumn,
    {
      name: 'AddressType',
      type: 'string',
      description: 'IPv4, IPv6 or FQDN.',
      cell: (slice) => asGiven(slice).addressType ?? '',
    },
    {
      name: 'Ports',
      type: 'string',
      description: 'Ports of the endpoints.',
      cell: ({ ports = [] }) =>
        listSome(
          ports.map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port))),
          mostShown,
          '<unset>',
        ),
    },
    {
      name: 'Endpoints',
      type: 'string',
      description: 'Addresses of the endpoints.',
      cell: ({ endpoints = [] }) =>
        listSome(
          endpoints.flatMap((endpoint) => asGiven(endpoint).addresses ?? []),
          mostShown,
          '<unset>',
        ),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};
