import type { IncomingMessage } from 'node:http';
import type { ApiResponse } from '@berth/api';

type Headers = ApiResponse['headers'];

/** What concerns one connection only. */
const hopByHop: readonly string[] = [
  ...['connection', 'proxy-connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
];

/** What was meant for us and is nobody else's to see. */
const isOurs = (name: string) =>
  name === 'authorization' || name.startsWith('impersonate-') || name.startsWith('x-remote-');

/** The headers of a client as a server behind us may see them. */
export function forwardedHeaders(headers: Headers): Headers {
  const named = connectionNames(headers['connection']);
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) =>
        !hopByHop.includes(name) &&
        !named.includes(name) &&
        !isOurs(name) &&
        name !== 'content-length',
    ),
  );
}

/** The headers of a server behind us as a client may see them. */
export function answeredHeaders({ headersDistinct }: IncomingMessage): Headers {
  const named = connectionNames(headersDistinct['connection']?.join(','));
  return Object.fromEntries(
    Object.entries(headersDistinct)
      .filter(([name]) => !hopByHop.includes(name) && !named.includes(name))
      .map(([name, values = []]) => [name, values.join(', ')]),
  );
}

const connectionNames = (value = ''): readonly string[] =>
  value.split(',').map((name) => name.trim().toLowerCase());
