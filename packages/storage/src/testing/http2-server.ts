import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { Http2Server, ServerHttp2Stream, ServerOptions } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What is done with a request once it is there as a whole; they are counted from 1. */
export type Answer = (stream: ServerHttp2Stream, body: Buffer, nth: number) => void;

export interface TestServer {
  readonly url: string;
  requests(): number;
  connections(): number;
  /** Cuts all connections. */
  cut(): void;
  /** Cuts them, and listens no more. */
  close(): Promise<void>;
}

/** Node's own HTTP/2 server on a free loopback port. */
export const startHttp2Server = (answer: Answer, options: ServerOptions = {}) =>
  startServer(createServer(options), 'http', answer);

/** The same with a server of one's own, which need not speak HTTP/2. */
export async function startServer(
  server: Server | Http2Server,
  protocol: 'http' | 'https' = 'http',
  answer: Answer = () => undefined,
): Promise<TestServer> {
  const sockets: Socket[] = [];
  let requests = 0;
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  server.on('stream', (stream: ServerHttp2Stream) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('error', () => undefined);
    stream.on('end', () => {
      requests += 1;
      answer(stream, Buffer.concat(pieces), requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    connections: () => sockets.length,
    cut,
    async close() {
      cut();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
