import { isIP } from 'node:net';
import type { DiscoveryV1EndpointPort, Endpoint, EndpointSlice, FieldError } from '@berth/api';
import { dnsSubdomain, duplicate, invalidEach, invalidValue, required, tooMany } from '@berth/api';
import {
  checkDnsLabel,
  checkLabelValue,
  checkLabels,
  checkNeeded,
  checkOneOf,
  checkOrdinaryIp,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
  checkUnchanged,
} from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { asGiven } from '../core/given.ts';
import { protocols } from '../core/pod-spec/ports.ts';

/** Upstream's bounds on the parts of a slice. */
const most = { endpoints: 1000, addresses: 100, ports: 20_000, hints: 8, topology: 16 };

type GivenEndpoint = Given<Endpoint>;

export function validateEndpointSlice(slice: EndpointSlice): readonly FieldError[] {
  const { addressType = '', endpoints = [], ports = [] } = asGiven(slice);
  return [
    ...checkNeeded('addressType', addressType, ['FQDN', 'IPv4', 'IPv6']),
    ...(endpoints.length > most.endpoints
      ? [tooMany('endpoints', endpoints.length, most.endpoints)]
      : endpoints.flatMap((endpoint, i) =>
          validateEndpoint(`endpoints[${i}]`, endpoint, addressType),
        )),
    ...(ports.length > most.ports
      ? [tooMany('ports', ports.length, most.ports)]
      : validatePorts(ports)),
  ];
}

export const validateEndpointSliceChange = (
  slice: EndpointSlice,
  old: EndpointSlice,
): readonly FieldError[] => [
  ...validateEndpointSlice(slice),
  ...checkUnchanged('addressType', slice.addressType, slice.addressType === old.addressType),
];

function validateEndpoint(
  path: string,
  endpoint: GivenEndpoint,
  addressType: string,
): readonly FieldError[] {
  const { addresses = [], nodeName, hostname, deprecatedTopology = {} } = endpoint;
  return [
    ...validateAddresses(`${path}.addresses`, addresses, addressType),
    ...(nodeName === undefined ? [] : checkSubdomain(`${path}.nodeName`, nodeName)),
    ...(Object.keys(deprecatedTopology).length > most.topology
      ? [
          tooMany(
            `${path}.deprecatedTopology`,
            Object.keys(deprecatedTopology).length,
            most.topology,
          ),
        ]
      : []),
    ...checkLabels(`${path}.deprecatedTopology`, deprecatedTopology),
    ...validateHints(`${path}.hints`, endpoint.hints ?? {}),
    ...(hostname === undefined ? [] : checkDnsLabel(`${path}.hostname`, hostname)),
  ];
}

function validateAddresses(
  path: string,
  addresses: readonly string[],
  addressType: string,
): readonly FieldError[] {
  if (addresses.length === 0) return [required(path, 'must contain at least 1 address')];
  if (addresses.length > most.addresses) {
    return [tooMany(path, addresses.length, most.addresses)];
  }
  return addresses.flatMap((address, i) => checkAddress(`${path}[${i}]`, address, addressType));
}

function checkAddress(path: string, address: string, type: string): readonly FieldError[] {
  switch (type) {
    case 'IPv4':
    case 'IPv6':
      return isIP(address) === (type === 'IPv4' ? 4 : 6)
        ? checkOrdinaryIp(path, address)
        : [invalidValue(path, address, `must be a valid ${type} address`)];
    case 'FQDN':
      return checkFullName(path, address);
    default:
      return [];
  }
}

/** A name with at least two segments; the dot at its end may be left out. */
function checkFullName(path: string, address: string): readonly FieldError[] {
  if (!address) return [required(path)];
  const name = address.replace(/\.$/, '');
  const problems = dnsSubdomain(name);
  if (problems.length > 0) return invalidEach(path, name, problems);
  return name.includes('.')
    ? []
    : [invalidValue(path, name, 'should be a domain with at least two segments separated by dots')];
}

function validateHints(
  path: string,
  { forZones = [], forNodes = [] }: NonNullable<GivenEndpoint['hints']>,
): readonly FieldError[] {
  return [
    ...validateHintNames(`${path}.forZones`, forZones, checkLabelValue),
    ...validateHintNames(`${path}.forNodes`, forNodes, checkSubdomain),
  ];
}

function validateHintNames(
  path: string,
  hints: readonly { readonly name?: string }[],
  check: (path: string, name: string) => readonly FieldError[],
): readonly FieldError[] {
  if (hints.length > most.hints) return [tooMany(path, hints.length, most.hints)];
  return hints.flatMap(({ name = '' }, i) => {
    const at = `${path}[${i}].name`;
    const repeated = hints.slice(0, i).some((other) => other.name === name);
    return [
      ...(repeated ? [duplicate(at, name)] : []),
      ...(name ? check(at, name) : [required(at)]),
    ];
  });
}

const validatePorts = (ports: readonly Given<DiscoveryV1EndpointPort>[]): readonly FieldError[] => {
  const names = new Set<string>();
  return ports.flatMap(({ name = '', port, protocol, appProtocol }, i) => {
    const path = `ports[${i}]`;
    const repeated = names.has(name);
    names.add(name);
    return [
      ...(name ? checkDnsLabel(`${path}.name`, name) : []),
      ...(repeated ? [duplicate(`${path}.name`, name)] : []),
      ...(protocol === undefined
        ? [required(`${path}.protocol`)]
        : checkOneOf(`${path}.protocol`, protocol, protocols)),
      ...(port === undefined ? [] : checkPortNumber(`${path}.port`, port)),
      ...(appProtocol === undefined ? [] : checkQualifiedName(`${path}.appProtocol`, appProtocol)),
    ];
  });
};
