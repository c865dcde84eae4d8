import { posix } from 'node:path';

/** Where a page was found, and under which path clients see it. */
export interface Place {
  /** `host:port` of the server that gave it. */
  readonly targetHost: string;
  /** The `Host` that the client asked for. */
  readonly requestHost: string;
  /** The path of the proxy itself, without a slash at its end. */
  readonly prefix: string;
}

const parts = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is;

/** A link of a page so that it leads through the proxy; links to elsewhere stay what they are. */
export function rewriteUrl(url: string, { targetHost, requestHost, prefix }: Place): string {
  const [, scheme = '', host = '', path = '', rest = ''] = parts.exec(url) ?? [];
  const isElsewhere = host !== '' && host !== targetHost && host !== requestHost;
  if (isElsewhere || !path.startsWith('/')) return url;
  const origin =
    host !== '' && host === requestHost ? `${scheme ? `${scheme}:` : ''}//${host}` : '';
  if (path.startsWith(prefix)) return `${origin}${path}${rest}`;
  return `${origin}${joined(prefix, path)}${rest}`;
}

/** Two paths in one, tidied; a slash at the end is kept. */
export function joined(prefix: string, path: string): string {
  const tidy = posix.join(prefix, path).replace(/(.)\/$/, '$1');
  return path.endsWith('/') && !tidy.endsWith('/') ? `${tidy}/` : tidy;
}
