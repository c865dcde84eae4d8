import type { Pod } from '@berth/api';
import type { PodSandboxConfig } from '@berth/cri';

import { usesHostNetwork } from './pod-spec.ts';

export type DnsConfig = NonNullable<PodSandboxConfig['dnsConfig']>;

export interface DnsOptions {
  /** Where the cluster's names are answered; empty while there is no cluster DNS. */
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The node's own resolver. */
  readonly host: DnsConfig;
}

/** The limits of glibc before 2.26 no longer hold; these are upstream's. */
const maxServers = 3;
const maxSearches = 32;

/** What /etc/resolv.conf of a pod says. */
export function dnsConfig(pod: Pod, options: DnsOptions): DnsConfig {
  const { dnsPolicy = 'ClusterFirst', dnsConfig: own = {} } = pod.spec;
  const base = baseConfig(pod, dnsPolicy, options);
  return {
    servers: unique([...base.servers, ...(own.nameservers ?? [])]).slice(0, maxServers),
    searches: unique([...base.searches, ...(own.searches ?? [])]).slice(0, maxSearches),
    options: mergeOptions(
      base.options,
      (own.options ?? []).map(({ name = '', value }) => (value ? `${name}:${value}` : name)),
    ),
  };
}

const none: DnsConfig = { servers: [], searches: [], options: [] };

function baseConfig(pod: Pod, policy: string, options: DnsOptions): DnsConfig {
  if (policy === 'None') return none;
  const isCluster =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !usesHostNetwork(pod));
  return isCluster && options.clusterDns.length > 0 ? clusterConfig(pod, options) : options.host;
}

function clusterConfig({ metadata }: Pod, options: DnsOptions): DnsConfig {
  const { clusterDns, clusterDomain, host } = options;
  const services = `svc.${clusterDomain}`;
  return {
    servers: clusterDns,
    searches: [
      `${metadata.namespace ?? ''}.${services}`,
      services,
      clusterDomain,
      ...host.searches,
    ],
    options: ['ndots:5'],
  };
}

const unique = (values: readonly string[]) => [...new Set(values)];

/** A later option replaces an earlier one of the same name. */
function mergeOptions(base: readonly string[], own: readonly string[]): readonly string[] {
  const nameOf = (option: string) => option.split(':')[0] ?? '';
  return [...new Map([...base, ...own].map((option) => [nameOf(option), option])).values()];
}

/** Reads resolv.conf; what it does not understand is left out. */
export function parseResolvConf(text: string): DnsConfig {
  const words = text.split('\n').map((line) => line.trim().split(/\s+/));
  const values = (keyword: string) =>
    words.filter(([first]) => first === keyword).map((line) => line.slice(1));
  return {
    servers: values('nameserver').flatMap(([server]) => server ?? []),
    // The last `search` line wins.
    searches: values('search').at(-1) ?? [],
    options: values('options').flat(),
  };
}
