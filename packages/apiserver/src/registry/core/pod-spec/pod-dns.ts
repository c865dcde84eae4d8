import type { FieldError, HostAlias, PodDNSConfig, PodSpec } from '@berth/api';
import { invalidValue, required } from '@berth/api';
import { checkIp, checkNeeded, checkSubdomain } from '../field-checks.ts';
import type { Given } from '../given.ts';

/** What the resolvers of the C libraries can hold. */
const most = { nameservers: 3, searches: 32, searchCharacters: 2048 };

/** How names are resolved in a pod. */
export function validateDns(path: string, spec: Given<PodSpec>): readonly FieldError[] {
  const { dnsPolicy, dnsConfig } = spec;
  return [
    ...checkNeeded(`${path}.dnsPolicy`, dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...(dnsPolicy === 'None' ? validateOwnDns(`${path}.dnsConfig`, dnsConfig) : []),
    ...(dnsConfig ? validateDnsConfig(`${path}.dnsConfig`, dnsConfig) : []),
  ];
}

function validateOwnDns(
  path: string,
  config: Given<PodDNSConfig> | undefined,
): readonly FieldError[] {
  if (!config) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  return config.nameservers?.length
    ? []
    : [
        required(
          `${path}.nameservers`,
          'must provide at least one DNS nameserver when `dnsPolicy` is None',
        ),
      ];
}

function validateDnsConfig(path: string, config: Given<PodDNSConfig>): readonly FieldError[] {
  const { nameservers = [], searches = [], options = [] } = config;
  const tooLong = `must not have more than ${most.searchCharacters} characters (including spaces) in the search list`;
  return [
    ...(nameservers.length > most.nameservers
      ? [
          invalidValue(
            `${path}.nameservers`,
            nameservers,
            `must not have more than ${most.nameservers} nameservers`,
          ),
        ]
      : []),
    ...nameservers.flatMap((server, i) => checkIp(`${path}.nameservers[${i}]`, server)),
    ...(searches.length > most.searches
      ? [
          invalidValue(
            `${path}.searches`,
            searches,
            `must not have more than ${most.searches} search paths`,
          ),
        ]
      : []),
    ...(searches.join(' ').length > most.searchCharacters
      ? [invalidValue(`${path}.searches`, searches, tooLong)]
      : []),
    ...searches.flatMap((search, i) => checkSearch(`${path}.searches[${i}]`, search)),
    ...options.flatMap(({ name }, i) =>
      name ? [] : [required(`${path}.options[${i}]`, 'must not be empty')],
    ),
  ];
}

/** A search path may have underscores and a dot at its end, or be only that dot. */
const checkSearch = (path: string, search: string): readonly FieldError[] =>
  search === '.' ? [] : checkSubdomain(path, search.replace(/\.$/, '').replaceAll('_', '0'));

/** Lines that are added to the hosts file. */
export const validateHostAliases = (
  path: string,
  aliases: readonly Given<HostAlias>[],
): readonly FieldError[] =>
  aliases.flatMap(({ ip = '', hostnames = [] }, i) => [
    ...checkIp(`${path}[${i}].ip`, ip),
    ...hostnames.flatMap((name, j) => checkSubdomain(`${path}[${i}].hostnames[${j}]`, name)),
  ]);
