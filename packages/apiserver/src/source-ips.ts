import { isIP } from 'node:net';
import type { ApiRequest } from '@berth/api';
import type { Peer } from './authentication/authenticator.ts';

/** Where a request came from: the client as proxies tell, each of them, and the other end of the connection. */
export function sourceIpsOf(headers: ApiRequest['headers'], peer: Peer): readonly string[] {
  const told = [...split(headers['x-forwarded-for']), ...split(headers['x-real-ip'])];
  const direct = peer.kind === 'user' ? '127.0.0.1' : unmapped(peer.address ?? '');
  return [...new Set([...told, direct])].filter((text) => isIP(text) !== 0);
}

const split = (header = '') => header.split(',').map((text) => text.trim());

/** Sockets that listen for both families show IPv4 addresses as IPv6. */
const unmapped = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');
