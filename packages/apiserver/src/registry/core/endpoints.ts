import type { EndpointAddress, EndpointPort, Endpoints, FieldError } from '@berth/api';
import { endpoints as endpointsType, required } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { ageColumn, listSome, nameColumn } from './columns.ts';
import {
  checkDnsLabel,
  checkIp,
  checkNeeded,
  checkOrdinaryIp,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
} from './field-checks.ts';
import type { Given } from './given.ts';
import { asGiven } from './given.ts';
import { protocols } from './pod-spec/ports.ts';

export const endpoints: Strategy<Endpoints> = {
  type: endpointsType,
  defaults: (object) => ({
    ...object,
    ...(object.subsets && {
      subsets: object.subsets.map((subset) => ({
        ...subset,
        ...(subset.ports && {
          ports: subset.ports.map((port) => ({ ...port, protocol: port.protocol || 'TCP' })),
        }),
      })),
    }),
  }),
  validate,
  validateUpdate: validate,
  warning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  columns: [
    nameColumn,
    {
      name: 'Endpoints',
      type: 'string',
      description: 'Addresses with their ports.',
      cell: (object) => listSome(addressesOf(object), 3, '<none>'),
    },
    ageColumn,
  ],
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

/** A headless service may have addresses without ports. */
const addressesOf = (object: Endpoints): readonly string[] =>
  (asGiven(object).subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip = '' }) => ip)
      : ports.flatMap(({ port = 0 }) =>
          addresses.map(({ ip = '' }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );

function validate(object: Endpoints): readonly FieldError[] {
  return (asGiven(object).subsets ?? []).flatMap((subset, i) => {
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    const path = `subsets[${i}]`;
    return [
      ...(addresses.length === 0 && notReadyAddresses.length === 0
        ? [required(path, 'must specify `addresses` or `notReadyAddresses`')]
        : []),
      ...addresses.flatMap((address, j) => validateAddress(`${path}.addresses[${j}]`, address)),
      ...notReadyAddresses.flatMap((address, j) =>
        validateAddress(`${path}.notReadyAddresses[${j}]`, address),
      ),
      ...ports.flatMap((port, j) => validatePort(`${path}.ports[${j}]`, port, ports.length > 1)),
    ];
  });
}

function validateAddress(
  path: string,
  { ip = '', hostname, nodeName }: Given<EndpointAddress>,
): readonly FieldError[] {
  return [
    ...checkIp(`${path}.ip`, ip),
    ...(hostname ? checkDnsLabel(`${path}.hostname`, hostname) : []),
    ...(nodeName === undefined ? [] : checkSubdomain(`${path}.nodeName`, nodeName)),
    ...checkOrdinaryIp(`${path}.ip`, ip),
  ];
}

function validatePort(
  path: string,
  { name, port = 0, protocol, appProtocol }: Given<EndpointPort>,
  needsName: boolean,
): readonly FieldError[] {
  return [
    ...(needsName && !name ? [required(`${path}.name`)] : []),
    ...(name ? checkDnsLabel(`${path}.name`, name) : []),
    ...checkPortNumber(`${path}.port`, port),
    ...checkNeeded(`${path}.protocol`, protocol, protocols),
    ...(appProtocol === undefined ? [] : checkQualifiedName(`${path}.appProtocol`, appProtocol)),
  ];
}
