import { badRequest } from '@berth/api';
import type { WebSocket } from 'ws';
import type { Upgrade } from '../server.ts';

/** The close code by which clients know that all was said; anything else is an error to them. */
export const normalClosure = 1000;

export interface Accepted {
  readonly socket: WebSocket;
  /** The subprotocol that was agreed on; `''` when the client asked for none. */
  readonly protocol: string;
}

const maxMessageBytes = 3 * 1024 * 1024;
const header = 'sec-websocket-protocol';

/**
 * Takes a connection over as a WebSocket. The first subprotocol of the client that is one of `supported` is taken; a
 * client that asks for others only is refused with `StatusError` before anything is answered.
 */
export async function acceptWebSocket(
  { incoming, socket, head }: Upgrade,
  supported: readonly string[],
): Promise<Accepted> {
  const offered = (incoming.headers[header] ?? '').split(',').map((name) => name.trim());
  const protocol = offered.find((name) => supported.includes(name));
  if (protocol === undefined) {
    throw badRequest(
      `unable to negotiate protocol: client supports ${list(offered)}, server accepts ${list(supported)}`,
    );
  }
  // Loaded when needed: most requests are none of these.
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    clientTracking: false,
  });
  // The library refuses names with a slash, which Kubernetes uses, so it gets to see none.
  incoming.headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => name !== header),
  );
  server.on('headers', (headers) => {
    if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  return new Promise((resolve, reject) => {
    const gone = () => reject(badRequest('the WebSocket handshake failed'));
    socket.once('close', gone);
    server.handleUpgrade(incoming, socket, head, (accepted) => {
      socket.off('close', gone);
      accepted.on('error', () => accepted.terminate());
      resolve({ socket: accepted, protocol });
    });
  });
}

const list = (names: readonly string[]) => `[${names.filter(Boolean).join(' ')}]`;

export const isWebSocket = ({ incoming }: Upgrade): boolean =>
  incoming.headers.upgrade?.toLowerCase() === 'websocket';

/** Resolves when the message is with the network, or the socket is gone. */
export const sendMessage = (socket: WebSocket, data: Uint8Array | string): Promise<void> =>
  new Promise((resolve) => socket.send(data, () => resolve()));
