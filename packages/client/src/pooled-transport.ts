import type { ApiRequest, ApiResponse, Transport } from '@berth/api';
import type { Dispatcher } from 'undici';
import { createExchange } from './exchange.ts';
import {
  bearerOf,
  createHttpsTransport,
  lasts,
  pathPrefixOf,
  sharedConnections,
  tlsOptionsOf,
} from './https-transport.ts';
import type { Connection, HttpsTransport } from './https-transport.ts';
import { createLanes } from './lanes.ts';

export interface PooledTransportOptions {
  /**
   * Which requests may be sent before those ahead of them on their connection are answered, to servers that work on
   * them side by side. It saves both ends most of what a small request costs. When the connection breaks, nobody knows
   * of all that were under way whether they happened; and as to give one up would be to give up all of them, a
   * request with a signal is never sent like that.
   */
  readonly mayPipeline?: (request: ApiRequest) => boolean;
}

const lanes = { count: 2, depth: 48 };

/** What the server does not say about connections that nobody uses. */
const keepAliveMs = 30_000;

/**
 * Speaks to an API server as `createHttpsTransport` does and at less than half of the cost: for processes that go on
 * and have many short requests. Answers come when all of them is there. No request is ever sent twice.
 */
export async function createPooledTransport(
  connection: Connection,
  { mayPipeline = () => false }: PooledTransportOptions = {},
): Promise<HttpsTransport> {
  // Most that the program does is over before it would have been worth loading them.
  const [{ default: Client }, { default: Pool }] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/dispatcher/pool.js'),
  ]);
  const base = new URL(connection.server);
  const origin = `https://${base.host}`;
  const prefix = pathPrefixOf(base);
  const { token } = connection;
  // As long as it takes: callers that will not wait have a signal.
  const limits = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: keepAliveMs };
  const connect = { ...tlsOptionsOf(connection), timeout: 0 };
  const lasting = createHttpsTransport(connection);
  const pool = new Pool(origin, { ...limits, connect, connections: sharedConnections });
  const pipes = createLanes({
    clients: Array.from(
      { length: lanes.count },
      () => new Client(origin, { ...limits, connect, pipelining: lanes.depth }),
    ),
    onDisconnect: () => (isSideBySide = undefined),
  });

  const outgoing = ({ method, path, headers, body }: ApiRequest): Dispatcher.DispatchOptions => ({
    method: method as Dispatcher.HttpMethod,
    path: prefix + path,
    headers: token ? { ...headers, authorization: bearerOf(token) } : headers,
    body: body ?? null,
    // A body of a DELETE is nothing to close the connection for.
    reset: false,
  });
  const sendAlone = (request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> => {
    const { handler, answer } = createExchange({ signal });
    pool.dispatch(outgoing(request), handler);
    return answer;
  };

  /** Not known before the server was asked, and not any more when a connection breaks. */
  let isSideBySide: boolean | undefined;
  let isAsking = false;
  const ask = async (headers: ApiRequest['headers']): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const { 'user-agent': userAgent = '', accept = '' } = headers;
      const about = { 'user-agent': userAgent, accept };
      const answer = await sendAlone({ method: 'GET', path: '/version', headers: about });
      if (answer.status < 500) isSideBySide = isOurs(answer);
    } catch {
      // The next request asks again.
    } finally {
      isAsking = false;
    }
  };

  const transport: Transport = async (request, signal) => {
    if (lasts(request.path)) return lasting.transport(request, signal);
    if (signal || !mayPipeline(request)) return sendAlone(request, signal);
    if (isSideBySide) return pipes.send(outgoing(request));
    if (isSideBySide === undefined) void ask(request.headers);
    return sendAlone(request);
  };
  const close = () => {
    lasting.close();
    void pool.destroy();
    pipes.destroy();
  };
  return { transport, close };
}

/** Our API servers begin with every request as it comes. Others answer one after the other, as Go's HTTP server does. */
function isOurs({ body }: ApiResponse): boolean {
  try {
    const { gitVersion } = JSON.parse(Buffer.from(body.bytes ?? []).toString('utf8')) as {
      readonly gitVersion?: unknown;
    };
    return typeof gitVersion === 'string' && /\+berth\b/.test(gitVersion);
  } catch {
    return false;
  }
}
