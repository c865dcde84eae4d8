import { request as requestOver } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { serviceUnavailable } from '@berth/api';
import type { ApiRequest } from '@berth/api';
import type { Dial, Target } from './target.ts';

/** What a server answered: a response, or a connection that now speaks something else. */
export interface Exchanged {
  readonly response: IncomingMessage;
  /** The connection, and what already came on it, when the server took the upgrade. */
  readonly upgraded?: { readonly socket: Duplex; readonly head: Buffer };
}

/** A header that is there several times has several values. */
interface Outgoing extends Omit<ApiRequest, 'headers'> {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** Sends one request to a target; rejects with `ServiceUnavailable` when no answer comes. Ends when `signal` aborts. */
export async function exchange(
  target: Target,
  request: Outgoing,
  dial: Dial,
  signal: AbortSignal,
): Promise<Exchanged> {
  try {
    const raw = await dial(target.address, signal);
    const socket = target.scheme === 'https' ? await encrypted(raw, target) : raw;
    return await over(socket, request, signal);
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw serviceUnavailable(`error trying to reach service: ${why}`, { cause: err });
  }
}

const encrypted = (raw: Duplex, { tls = { insecure: true } }: Target): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const { ca, insecure = false, serverName, client } = tls;
    const socket = connectTls({
      socket: raw,
      rejectUnauthorized: !insecure,
      ALPNProtocols: ['http/1.1'],
      ...(ca !== undefined && { ca }),
      ...(serverName !== undefined && { servername: serverName }),
      ...(client && { cert: client.certPem, key: client.keyPem }),
    });
    const fail = (err: Error) => {
      raw.destroy();
      reject(err);
    };
    raw.once('error', fail);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      // From here on whoever uses the connection hears of it.
      socket.off('error', fail);
      raw.off('error', fail);
      raw.on('error', (err) => socket.destroy(err));
      resolve(socket);
    });
  });

const over = (
  socket: Duplex,
  { method, path, headers, body }: Outgoing,
  signal: AbortSignal,
): Promise<Exchanged> =>
  new Promise((resolve, reject) => {
    const asked = requestOver({
      method,
      path,
      headers: {
        ...(headers as Readonly<Record<string, string | string[]>>),
        ...(body && { 'content-length': String(body.length) }),
      },
      createConnection: () => socket,
      setHost: false,
      signal,
      maxHeaderSize: 64 * 1024,
    });
    socket.once('error', reject);
    asked.on('error', reject);
    asked.once('response', (response) => {
      response.once('close', () => socket.destroy());
      resolve({ response });
    });
    asked.once('upgrade', (response, taken: Duplex, head) =>
      resolve({ response, upgraded: { socket: taken, head } }),
    );
    asked.end(body);
  });
