import { isIP } from 'node:net';
import type { FieldError, LabelSelector, NameRule } from '@berth/api';
import {
  configMapKey,
  dnsLabel,
  dnsSubdomain,
  httpHeaderName,
  inRange,
  invalidEach,
  invalidValue,
  labelValueRule,
  notSupported,
  pathSegment,
  portName,
  portNumber,
  qualifiedName,
  relaxedEnvVarName,
  required,
  validateLabels,
  validateLabelSelector,
} from '@berth/api';
import type { Given } from './given.ts';

type Check = (path: string, value: string) => readonly FieldError[];

const checkOf =
  (rule: NameRule): Check =>
  (path, value) =>
    invalidEach(path, value, rule(value));

export const checkDnsLabel = checkOf(dnsLabel);
export const checkSubdomain = checkOf(dnsSubdomain);
export const checkPathSegment = checkOf(pathSegment);
/** Keys of labels and annotations, names of resources and conditions. */
export const checkQualifiedName = checkOf(qualifiedName);
export const checkLabelValue = checkOf(labelValueRule);
export const checkConfigMapKey = checkOf(configMapKey);
export const checkEnvName = checkOf(relaxedEnvVarName);
export const checkHttpHeaderName = checkOf(httpHeaderName);
export const checkPortName = checkOf(portName);

export const checkPortNumber = (path: string, port: number): readonly FieldError[] =>
  invalidEach(path, port, portNumber(port));

export const checkPortNumberOrName = (
  path: string,
  port: number | string,
): readonly FieldError[] =>
  typeof port === 'number' ? checkPortNumber(path, port) : checkPortName(path, port);

export const checkNonNegative = (path: string, value: number | undefined): readonly FieldError[] =>
  value !== undefined && value < 0
    ? [invalidValue(path, value, 'must be greater than or equal to 0')]
    : [];

const highestUnixId = 2 ** 31 - 1;

/** A user or group id, when there is one. */
export const checkUnixId = (path: string, id: number | undefined): readonly FieldError[] =>
  id === undefined ? [] : invalidEach(path, id, inRange(id, 0, highestUnixId));

/** One of the supported values, or nothing at all. */
export const checkOneOf = (
  path: string,
  value: string | undefined,
  supported: readonly string[],
): readonly FieldError[] =>
  value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];

/** One of the supported values, which must be given. */
export const checkNeeded = (
  path: string,
  value: string | undefined,
  supported: readonly string[],
): readonly FieldError[] => (value ? checkOneOf(path, value, supported) : [required(path)]);

/** A path that stays below where it begins. */
export const checkRelativePath: Check = (path, value) => [
  ...(value.startsWith('/') ? [invalidValue(path, value, 'must be a relative path')] : []),
  ...(hasBackstep(value) ? [invalidValue(path, value, "must not contain '..'")] : []),
];

export const hasBackstep = (path: string): boolean => path.split('/').includes('..');

export const checkLabels = (
  path: string,
  labels: Readonly<Record<string, string>>,
): readonly FieldError[] => validateLabels(labels, path);

export const checkLabelSelector = (
  path: string,
  { matchExpressions = [], ...selector }: Given<LabelSelector>,
): readonly FieldError[] =>
  validateLabelSelector(
    {
      ...selector,
      matchExpressions: matchExpressions.map(({ key = '', operator = '', values = [] }) => ({
        key,
        operator,
        values,
      })),
    },
    path,
  );

export const checkIp: Check = (path, value) =>
  isIP(value)
    ? []
    : [invalidValue(path, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];

export const checkCidr: Check = (path, value) => {
  const [address = '', bits = '', ...rest] = value.split('/');
  const version = isIP(address);
  const fits = /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
  return version && fits && rest.length === 0
    ? []
    : [
        invalidValue(
          path,
          value,
          'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ),
      ];
};

/** Addresses that only mean something on one machine or link cannot be endpoints. */
export function checkOrdinaryIp(path: string, value: string): readonly FieldError[] {
  if (!isIP(value)) return [invalidValue(path, value, 'must be a valid IP address')];
  return specialRanges
    .filter(({ holds }) => holds(value.toLowerCase()))
    .map(({ why }) => invalidValue(path, value, why(value)));
}

const specialRanges: readonly {
  readonly holds: (ip: string) => boolean;
  readonly why: (ip: string) => string;
}[] = [
  {
    holds: (ip) => ip === '0.0.0.0' || /^[0:]+$/.test(ip),
    why: (ip) => `may not be unspecified (${ip})`,
  },
  {
    holds: (ip) => ip.startsWith('127.') || /^[0:]*:0*1$/.test(ip),
    why: () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  },
  {
    holds: (ip) => ip.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(ip),
    why: () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  },
  {
    holds: (ip) => ip.startsWith('224.0.0.') || /^ff[0-9a-f]2:/.test(ip),
    why: () => 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  },
];

/** What may not change once it is set. */
export const checkUnchanged = (
  path: string,
  value: unknown,
  same: boolean,
): readonly FieldError[] => (same ? [] : [invalidValue(path, value, 'field is immutable')]);
