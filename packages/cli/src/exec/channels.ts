import { createPipe } from '@berth/component-base';
import { bearerOf } from '@berth/client';
import type { Connection } from '@berth/client';
import { WebSocket } from 'ws';
import { failureOf } from '../failure.ts';

/** Channels of `v5.channel.k8s.io`: the first byte of a message names one. */
export const channel = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  status: 3,
  resize: 4,
  close: 255,
} as const;
const protocol = 'v5.channel.k8s.io';

export interface Message {
  readonly channel: number;
  readonly data: Uint8Array;
}

/** A command in a container, as bytes on channels. */
export interface Channels {
  /** Ends with the connection. */
  readonly messages: AsyncIterable<Message>;
  /** Resolves when the bytes are on their way, or nobody is there any more. */
  send(channel: number, data: Uint8Array): Promise<void>;
  close(): void;
}

/** Opens `path` of the API server as a WebSocket. Throws `StatusError` for what the server refuses. */
export function openChannels(connection: Connection, path: string): Promise<Channels> {
  const { server, ca, cert, key, token, tlsServerName, insecureSkipTlsVerify } = connection;
  const url = `${server.replace(/^http/, 'ws').replace(/\/$/, '')}${path}`;
  const socket = new WebSocket(url, [protocol], {
    perMessageDeflate: false,
    rejectUnauthorized: !insecureSkipTlsVerify,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(tlsServerName && { servername: tlsServerName }),
    ...(token && { headers: { authorization: bearerOf(token) } }),
  });
  const messages = createPipe<Message>();
  socket.on('message', (message: Buffer) => {
    // A terminal that is slower than the command slows the command down.
    socket.pause();
    void messages
      .write({ channel: message[0] ?? -1, data: message.subarray(1) })
      .then(() => socket.resume());
  });
  socket.on('close', () => messages.end());
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        reject(failureOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))),
      );
    });
    socket.on('open', () =>
      resolve({
        messages: messages.items,
        send: (to, data) =>
          new Promise((sent) => {
            socket.send(Buffer.concat([Buffer.of(to), data]), () => sent());
          }),
        close: () => socket.terminate(),
      }),
    );
  });
}
