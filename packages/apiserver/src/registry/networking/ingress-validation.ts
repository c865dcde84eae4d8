import { isIP } from 'node:net';
import type {
  FieldError,
  HTTPIngressPath,
  IngressBackend,
  IngressServiceBackend,
  IngressSpec,
  IngressStatus,
} from '@berth/api';
import {
  at,
  invalidEach,
  invalidValue,
  notSupported,
  required,
  wildcardSubdomain,
} from '@berth/api';
import {
  checkDnsLabel,
  checkIp,
  checkPortName,
  checkPortNumber,
  checkSubdomain,
} from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkReference } from './references.ts';

export const checkIngressSpec = ({
  rules = [],
  defaultBackend,
  tls = [],
  ingressClassName,
}: Given<IngressSpec>): readonly FieldError[] => [
  ...(rules.length || defaultBackend
    ? []
    : [invalidValue('spec', rules, 'either `defaultBackend` or `rules` must be specified')]),
  ...(defaultBackend ? checkBackend('spec.defaultBackend', defaultBackend) : []),
  ...rules.flatMap(({ host = '', http }, i) => [
    ...(isIP(host) ? [notAnAddress(at('spec.rules', i, 'host'), host)] : []),
    ...(host ? checkHost(at('spec.rules', i, 'host'), host) : []),
    ...(http ? checkPaths(at('spec.rules', i, 'http', 'paths'), http.paths ?? []) : []),
  ]),
  ...tls.flatMap(({ hosts = [], secretName }, i) => [
    ...hosts.flatMap((host, j) => checkHost(at('spec.tls', i, 'hosts', j), host)),
    ...(secretName ? checkSubdomain(at('spec.tls', i, 'secretName'), secretName) : []),
  ]),
  ...(ingressClassName === undefined
    ? []
    : checkSubdomain('spec.ingressClassName', ingressClassName)),
];

const notAnAddress = (path: string, host: string) =>
  invalidValue(path, host, 'must be a DNS name, not an IP address');

const checkHost = (path: string, host: string): readonly FieldError[] =>
  host.includes('*')
    ? invalidEach(path, host, wildcardSubdomain(host))
    : checkSubdomain(path, host);

const checkPaths = (
  path: string,
  paths: readonly Given<HTTPIngressPath>[],
): readonly FieldError[] => [
  ...(paths.length ? [] : [required(path)]),
  ...paths.flatMap((entry, i) => checkPath(at(path, i), entry)),
];

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

function checkPath(
  where: string,
  { path = '', pathType, backend = {} }: Given<HTTPIngressPath>,
): readonly FieldError[] {
  if (pathType === undefined) {
    return [required(at(where, 'pathType'), 'pathType must be specified')];
  }
  return [
    ...(pathTypes.includes(pathType)
      ? checkUrlPath(at(where, 'path'), path, pathType !== 'ImplementationSpecific')
      : [notSupported(at(where, 'pathType'), pathType, pathTypes)]),
    ...checkBackend(at(where, 'backend'), backend),
  ];
}

const badParts = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

const checkUrlPath = (where: string, path: string, strict: boolean): readonly FieldError[] => [
  ...(path.startsWith('/') || (!strict && !path)
    ? []
    : [invalidValue(where, path, 'must be an absolute path')]),
  ...(strict ? badParts.filter((part) => path.includes(part)) : []).map((part) =>
    invalidValue(where, path, `must not contain '${part}'`),
  ),
  ...(strict ? badEnds.filter((end) => path.endsWith(end)) : []).map((end) =>
    invalidValue(where, path, `cannot end with '${end}'`),
  ),
];

function checkBackend(
  path: string,
  { resource, service }: Given<IngressBackend>,
): readonly FieldError[] {
  if (resource && service) {
    return [invalidValue(path, '', 'cannot set both resource and service backends')];
  }
  if (resource) return checkReference(at(path, 'resource'), resource);
  return service
    ? checkService(path, service)
    : [invalidValue(path, '', 'resource or service backend is required')];
}

function checkService(
  path: string,
  { name, port = {} }: Given<IngressServiceBackend>,
): readonly FieldError[] {
  const where = at(path, 'service', 'name');
  return [
    ...(name ? checkDnsLabel(where, name) : [required(where)]),
    ...(port.name && port.number
      ? [invalidValue(path, '', 'cannot set both port name & port number')]
      : []),
    ...(port.name && !port.number
      ? checkPortName(at(path, 'service', 'port', 'name'), port.name)
      : []),
    ...(port.number && !port.name
      ? checkPortNumber(at(path, 'service', 'port', 'number'), port.number)
      : []),
    ...(port.name || port.number ? [] : [required(path, 'port name or number is required')]),
  ];
}

export const checkIngressStatus = ({ loadBalancer }: Given<IngressStatus>): readonly FieldError[] =>
  (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const path = at('status.loadBalancer.ingress', i);
    return [
      ...(ip ? checkIp(at(path, 'ip'), ip) : []),
      ...(hostname ? checkSubdomain(at(path, 'hostname'), hostname) : []),
      ...(hostname && isIP(hostname) ? [notAnAddress(at(path, 'hostname'), hostname)] : []),
    ];
  });
