import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface TcpProxy {
  readonly url: string;
  /** Cuts all connections that there are. */
  cut(): void;
  /** Cuts a connection once so many more bytes of answers have come through. */
  cutAfter(bytes: number): void;
  /** How often a connection was cut. */
  cuts(): number;
  close(): Promise<void>;
}

/** Stands between a client and a loopback port, to be cut. */
export async function startProxy(port: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let left = Infinity;
  let cuts = 0;
  const cut = () => {
    cuts += 1;
    left = Infinity;
    for (const socket of open) socket.destroy();
  };
  const track = (socket: Socket, other: () => Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      other().destroy();
    });
  };

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    track(client, () => upstream);
    track(upstream, () => client);
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (chunk.length < left) {
        left -= chunk.length;
        client.write(chunk);
        return;
      }
      // What was written so far still has to arrive, or nothing would ever be half done.
      const part = chunk.subarray(0, left);
      left = Infinity;
      client.write(part, cut);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    cutAfter(bytes) {
      left = bytes;
    },
    cuts: () => cuts,
    async close() {
      if (!server.listening) return;
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
