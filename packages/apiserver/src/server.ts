import { createServer } from 'node:https';
import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ApiRequest, ApiResponse } from '@berth/api';
import { requestEntityTooLarge } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import express from 'express';
import type { Request, Response } from 'express';
import type { ClientCertificate, Peer } from './authentication/authenticator.ts';
import { createBeat } from './beat.ts';
import type { Chain } from './chain.ts';
import { statusResponse } from './filters/errors-to-status.ts';
import { Lifetime } from './lifetime.ts';
import { sendResponse } from './send-response.ts';

/** Bodies that are larger are refused with 413. */
const maxBodyBytes = 3 * 1024 * 1024;

export interface ServerTls {
  readonly certPem: string;
  readonly keyPem: string;
  /** Client certificates signed by this CA say who a client is. */
  readonly clientCaPem: string;
}

/** A request that wants the connection for itself: exec, attach, port-forward, logs over WebSocket. */
export interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  /** What the client sent after the request. */
  readonly head: Buffer;
}

export interface HttpsServerOptions {
  readonly handle: Chain;
  /** Answers a request to upgrade; resolves to undefined when it took the connection over. */
  readonly upgrade: (
    request: ApiRequest,
    peer: Peer,
    upgrade: Upgrade,
    lifetime: Lifetime,
  ) => Promise<ApiResponse | undefined>;
  readonly tls: ServerTls;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface HttpsServer {
  /** Resolves to the port, which is chosen when 0 is asked for. */
  listen(address: string, port: number): Promise<number>;
  /** Serves new connections with another certificate. */
  setTls(tls: ServerTls): void;
  /** Takes no more connections, ends watches and streams, and waits for what is being answered. */
  close(): Promise<void>;
}

/**
 * How often busy watches are written to. A write costs about as much as ten events that go with it, so all watches are
 * written to together, share the bytes, and leave most of the time to other work.
 */
const watchBeat = { leastMs: 5, perWokenMs: 0.1, mostMs: 50 };

/** The API over HTTPS: one catch-all, because Kubernetes paths are read by rule and not from a table of routes. */
export function createHttpsServer(options: HttpsServerOptions): HttpsServer {
  const { handle, upgrade, tls, clock, logger } = options;
  const beat = createBeat(clock, watchBeat);
  const lifetimes = createLifetimes();

  // A router alone: an application would give every request other methods, and changing what an object inherits costs
  // more than all the rest of reading a request.
  const routes = express.Router();
  routes.use(async (incoming, outgoing) => {
    try {
      const lifetime = lifetimes.of(outgoing, () => outgoing.writableFinished);
      const body = hasBody(incoming) ? await readBody(incoming) : undefined;
      const response =
        body === 'too large'
          ? tooLarge()
          : await handle({ request: requestOf(incoming, body), peer: peerOf(incoming), lifetime });
      // Whoever keeps asking on this connection would keep a server that closes from its end.
      if (lifetimes.haveEnded()) outgoing.shouldKeepAlive = false;
      await sendResponse(outgoing, response, { logger, beat });
    } catch (err) {
      logger.debug('Lost a client', { err });
      outgoing.destroy();
    }
  });

  const server = createServer({
    ...tlsOptions(tls),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    maxHeaderSize: 64 * 1024,
    // Clients keep connections for 90 s; whoever closes first must not be us, or they race with a request.
    keepAliveTimeout: 120_000,
  });
  server.on('request', (incoming, outgoing) =>
    routes(incoming as Request, outgoing as Response, ignore),
  );
  server.on('secureConnection', readThroughStream);
  server.on('tlsClientError', (err) => logger.debug('Failed to greet a client', { err }));
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (err) => logger.debug('Lost an upgraded connection', { err }));
    // Whoever takes the connection over is the only one that reads it.
    socket.off('data', ignore);
    void answerUpgrade({ incoming, socket, head });
  });

  async function answerUpgrade(taken: Upgrade): Promise<void> {
    const { incoming, socket } = taken;
    const lifetime = lifetimes.of(socket, () => false);
    const request = requestOf(incoming, undefined);
    const response = await upgrade(request, peerOf(incoming), taken, lifetime);
    if (!response) return;
    const outgoing = new ServerResponse(incoming);
    outgoing.shouldKeepAlive = false;
    if (socket instanceof Socket) outgoing.assignSocket(socket);
    outgoing.once('finish', () => socket.end());
    await sendResponse(outgoing, response, { logger, beat });
  }

  return {
    listen: (address, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => {
          server.off('error', reject);
          server.on('error', (err) => logger.error('Server failed', { err }));
          resolve((server.address() as AddressInfo).port);
        });
      }),
    setTls: (next) => server.setSecureContext(tlsOptions(next)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        lifetimes.end();
        server.closeIdleConnections();
      }),
  };
}

const ignore = () => undefined;

/**
 * Node's parser reads from the socket itself as long as nobody else does. It stops when answers pile up, but TLS goes on
 * to hand it what has been decrypted already, and the connection ends in an error that is none. A stream keeps that.
 */
const readThroughStream = (socket: Socket) => void socket.on('data', ignore);

const tlsOptions = ({ certPem, keyPem, clientCaPem }: ServerTls) => ({
  cert: certPem,
  key: keyPem,
  ca: clientCaPem,
});

interface Closable {
  once(event: 'close', listener: () => void): unknown;
}

/** How long whoever asked is there. */
interface Lifetimes {
  /** Ends when the stream closes before all is said, or the server does. */
  of(stream: Closable, isAllSaid: () => boolean): Lifetime;
  end(): void;
  haveEnded(): boolean;
}

function createLifetimes(): Lifetimes {
  const open = new Set<Lifetime>();
  let ended = false;
  return {
    of(stream, isAllSaid) {
      const lifetime = new Lifetime();
      if (ended) lifetime.end();
      open.add(lifetime);
      stream.once('close', () => {
        open.delete(lifetime);
        if (!isAllSaid()) lifetime.end();
      });
      return lifetime;
    },
    end() {
      ended = true;
      for (const lifetime of open) lifetime.end();
    },
    haveEnded: () => ended,
  };
}

const mostRead = 4 * maxBodyBytes;

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/**
 * A body, unless it is longer than bodies may be. One that is somewhat longer is read to its end nevertheless: a client
 * that is still writing when the connection closes does not see the refusal.
 */
const readBody = (incoming: IncomingMessage): Promise<Uint8Array | undefined | 'too large'> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    if (Number(incoming.headers['content-length'] ?? 0) > mostRead) resolve('too large');
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostRead) resolve('too large');
      else if (size <= maxBodyBytes) chunks.push(chunk);
    });
    incoming.once('end', () => {
      if (size > maxBodyBytes) resolve('too large');
      else resolve(chunks.length < 2 ? chunks[0] : Buffer.concat(chunks));
    });
    incoming.once('error', reject);
  });

function tooLarge(): ApiResponse {
  const refusal = requestEntityTooLarge(`Request entity too large: limit is ${maxBodyBytes}`);
  const response = statusResponse(refusal);
  return { ...response, headers: { ...response.headers, connection: 'close' } };
}

function requestOf(incoming: IncomingMessage, body: Uint8Array | undefined): ApiRequest {
  return {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: headersOf(incoming.rawHeaders),
    ...(body && { body }),
  };
}

/** From names and values in turn; what is said several times is joined. */
function headersOf(raw: readonly string[]): ApiRequest['headers'] {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    const before = headers[name];
    headers[name] =
      before === undefined ? value : `${before}${isImpersonation(name) ? '\n' : ', '}${value}`;
  }
  return headers;
}

/** Their values may hold commas (LDAP groups do), so they are kept apart by what no header value can hold. */
const isImpersonation = (name: string) => name.startsWith('impersonate-');

const peers = new WeakMap<object, Peer>();

/** Whom the connection speaks for; found out once per connection. */
function peerOf({ socket }: IncomingMessage): Peer {
  const peer = peers.get(socket) ?? readPeer(socket);
  peers.set(socket, peer);
  return peer;
}

function readPeer(socket: Socket): Peer {
  const { remoteAddress: address } = socket;
  const connection = { kind: 'connection', ...(address !== undefined && { address }) } as const;
  if (!(socket instanceof TLSSocket)) return connection;
  const { subject, fingerprint256 = '' } =
    socket.getPeerCertificate() as Partial<ClientCertificate>;
  if (!subject) return connection;
  const certificate = socket.authorized ? { subject: { ...subject }, fingerprint256 } : 'untrusted';
  return { ...connection, certificate };
}
