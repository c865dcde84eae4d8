import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createSecureContext } from 'node:tls';
import type { ApiResponse, Transport } from '@berth/api';

export interface Connection {
  /** `https://host:port`, with an optional path before the API's own. */
  readonly server: string;
  /** PEM of the authority that signed the server's certificate; the system's own when absent. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** A function is asked again for every request. */
  readonly token?: string | (() => string) | undefined;
  /** Checked against the server's certificate instead of the host name. */
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean;
}

export interface HttpsTransport {
  readonly transport: Transport;
  /** Closes idle connections, so that the process can end. */
  close(): void;
}

/**
 * Connections for requests that are over soon. What is more than that waits for its turn: each new connection costs
 * a handshake, and the server answers no faster. Requests that go on have connections of their own.
 */
export const sharedConnections = 64;

/** Speaks to an API server over TLS on kept-alive connections. Redirects are not followed. */
export function createHttpsTransport(connection: Connection): HttpsTransport {
  const base = new URL(connection.server);
  const options = { keepAlive: true, ...tlsOptionsOf(connection) };
  const shared = new Agent({ ...options, maxSockets: sharedConnections });
  const lasting = new Agent(options);
  const prefix = pathPrefixOf(base);
  const { token } = connection;
  const authorization = () => token && { authorization: bearerOf(token) };

  const transport: Transport = ({ method, path, headers, body }, signal) =>
    new Promise<ApiResponse>((resolve, reject) => {
      const outgoing = request(
        {
          agent: lasts(path) ? lasting : shared,
          method,
          host: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port || 443,
          path: prefix + path,
          headers: {
            ...headers,
            ...authorization(),
            ...(body && { 'content-length': String(body.byteLength) }),
          },
          ...(signal && { signal }),
        },
        (incoming) => resolve(responseOf(incoming)),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  const close = () => {
    shared.destroy();
    lasting.destroy();
  };
  return { transport, close };
}

export function tlsOptionsOf(connection: Connection) {
  const { ca, cert, key, tlsServerName, insecureSkipTlsVerify } = connection;
  return {
    // Made once: it takes longer than the rest of a handshake.
    secureContext: createSecureContext({
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
    }),
    ...(tlsServerName && { servername: tlsServerName }),
    rejectUnauthorized: !insecureSkipTlsVerify,
  };
}

/** What comes before the API's own paths. */
export const pathPrefixOf = ({ pathname }: URL): string => pathname.replace(/\/$/, '');

/** Watches and followed logs go on until somebody ends them. */
export const lasts = (path: string) => /[?&](watch|follow)=(true|1)(&|$)/.test(path);

const responseOf = (incoming: IncomingMessage): ApiResponse => ({
  status: incoming.statusCode ?? 0,
  headers: Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  ),
  body: incoming,
});

/** The Authorization header of a connection's token as it is now. */
export const bearerOf = (token: NonNullable<Connection['token']>): string =>
  `Bearer ${typeof token === 'string' ? token : token()}`;
