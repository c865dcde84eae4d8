import { BlockList, isIP } from 'node:net';
import { badRequest } from '@berth/api';

const forbidden = new BlockList();
for (const [net, prefix, family] of [
  ['0.0.0.0', 32, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['255.255.255.255', 32, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
] as const) {
  forbidden.addSubnet(net, prefix, family);
}

/** Refuses addresses that would lead to this machine itself or its link, whoever wrote them. */
export function mustBeProxyable(ip: string): void {
  const family = isIP(ip);
  if (family === 0 || forbidden.check(ip, family === 6 ? 'ipv6' : 'ipv4')) {
    throw badRequest('address not allowed');
  }
}
