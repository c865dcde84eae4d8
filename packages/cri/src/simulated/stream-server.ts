import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@berth/component-base';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

/** What happens on one stream, once somebody has opened it. */
export type Session = (channels: Channels) => void;

/** Messages whose first byte names a channel. */
export interface Channels {
  send(channel: number, data: string | Uint8Array): void;
  onMessage(listener: (channel: number, data: Buffer) => void): void;
  /** Only clients that speak v5 can end a channel and keep the others. */
  onChannelEnd(listener: (channel: number) => void): void;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
  close(): void;
}

/** The URLs of exec, attach and port-forward. */
export interface StreamServer {
  /** A URL that can be opened once, within a minute. */
  offer(kind: string, session: Session): Promise<string>;
  close(): void;
}

const offerMs = 60_000;
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const endOfChannel = 255;

interface Offer {
  readonly session: Session;
  /** Ends the time after which it would be withdrawn. */
  readonly keep: () => void;
}

/** Listens on loopback from the first offer on, so that a node nobody looks into costs no port. */
export function createStreamServer(clock: Clock): StreamServer {
  const offers = new Map<string, Offer>();
  let listening: Promise<number> | undefined;
  let stop = () => {};
  let count = 0;

  async function listen(): Promise<number> {
    const server = createServer((_request, response) => {
      response.writeHead(400).end('WebSocket only\n');
    });
    const sockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
    });
    server.on('upgrade', (request, socket, head) => {
      const session = takeOffer(request.url ?? '');
      if (!session) return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
      sockets.handleUpgrade(request, socket, head, (client) => session(channelsOf(client)));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    server.unref();
    stop = () => {
      for (const client of sockets.clients) client.terminate();
      server.close();
    };
    return (server.address() as AddressInfo).port;
  }

  function takeOffer(path: string): Session | undefined {
    const key = path.split('?')[0] ?? '';
    const offer = offers.get(key);
    offers.delete(key);
    offer?.keep();
    return offer?.session;
  }

  return {
    async offer(kind, session) {
      const port = await (listening ??= listen());
      const token = createHash('sha256').update(`${clock.now()} ${port} ${count++}`).digest('hex');
      const path = `/${kind}/${token.slice(0, 16)}`;
      const keep = clock.after(offerMs, () => offers.delete(path));
      offers.set(path, { session, keep });
      return `http://127.0.0.1:${port}${path}`;
    },
    close() {
      for (const { keep } of offers.values()) keep();
      offers.clear();
      stop();
    },
  };
}

function channelsOf(socket: WebSocket): Channels {
  const gone = new AbortController();
  const onData = new Set<(channel: number, data: Buffer) => void>();
  const onEnd = new Set<(channel: number) => void>();
  socket.on('close', () => gone.abort());
  socket.on('error', () => socket.terminate());
  socket.on('message', (message: Buffer) => {
    const [channel, ended] = message;
    if (channel === undefined) return;
    if (channel === endOfChannel && ended !== undefined)
      onEnd.forEach((listener) => listener(ended));
    else onData.forEach((listener) => listener(channel, message.subarray(1)));
  });
  return {
    send: (channel, data) =>
      socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)])),
    onMessage: (listener) => void onData.add(listener),
    onChannelEnd: (listener) => void onEnd.add(listener),
    gone: gone.signal,
    close: () => socket.close(),
  };
}
