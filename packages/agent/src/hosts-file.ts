import type { HostAlias } from '@berth/api';

const header = '# Kubernetes-managed hosts file.\n';
const hostNetworkHeader = '# Kubernetes-managed hosts file (host network).\n';

const fixed = [
  ['127.0.0.1', 'localhost'],
  ['::1', 'localhost ip6-localhost ip6-loopback'],
  ['fe00::', 'ip6-localnet'],
  ['fe00::', 'ip6-mcastprefix'],
  ['fe00::1', 'ip6-allnodes'],
  ['fe00::2', 'ip6-allrouters'],
];

const lines = (entries: readonly (readonly string[])[]) =>
  entries.map((entry) => `${entry.join('\t')}\n`).join('');

/** /etc/hosts of a pod with a network of its own. */
export const podHosts = (
  ips: readonly string[],
  names: readonly string[],
  aliases: readonly HostAlias[],
): string => `${header}${lines(fixed)}${lines(ips.map((ip) => [ip, ...names]))}${added(aliases)}`;

/** /etc/hosts of a pod on the node's network: the node's own, and what the pod adds. */
export const hostNetworkHosts = (nodeHosts: string, aliases: readonly HostAlias[]): string =>
  `${hostNetworkHeader}${nodeHosts}${added(aliases)}`;

function added(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return '';
  const entries = aliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames]);
  return `\n# Entries added by HostAliases.\n${lines(entries)}`;
}
