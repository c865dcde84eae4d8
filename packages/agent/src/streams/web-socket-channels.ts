import { Buffer } from 'node:buffer';
import { createPipe } from '@berth/component-base';
import type { Pipe } from '@berth/component-base';
import { WebSocket } from 'ws';

import type { ChannelName, RuntimeChannel, RuntimeChannels, Wanted } from './runtime-channels.ts';

/** The second one knows no end of a single channel. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const endOfChannel = 255;

const commandNumbers: Partial<Record<ChannelName, number>> = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  error: 3,
  resize: 4,
};
const portNumbers: Partial<Record<ChannelName, number>> = { data: 0, error: 1 };
/** Channels of a forwarded port begin with its number. */
const portBytes = 2;

/** Opens a URL of the streaming server over a WebSocket whose messages begin with the number of a channel. */
export async function openWebSocketChannels(
  url: string,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<RuntimeChannels> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols);
  const isCommand = wanted.kind === 'command';
  const numbers = isCommand ? commandNumbers : portNumbers;
  const pipes = new Map<number, Pipe<Uint8Array>>();
  const channels = new Map<ChannelName, RuntimeChannel>();
  for (const name of wanted.channels) {
    const number = numbers[name];
    if (number === undefined) continue;
    const pipe = createPipe<Uint8Array>(Infinity);
    pipes.set(number, pipe);
    channels.set(name, channelOver(socket, number, pipe));
  }
  const skip = new Map([...pipes.keys()].map((number) => [number, isCommand ? 0 : portBytes]));
  socket.on('message', (message: Buffer) => {
    const [number = endOfChannel] = message;
    const skipped = Math.min(skip.get(number) ?? 0, message.length - 1);
    skip.set(number, (skip.get(number) ?? 0) - skipped);
    const data = message.subarray(1 + skipped);
    if (data.length > 0) void pipes.get(number)?.write(data);
  });
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  socket.once('close', () => {
    signal.removeEventListener('abort', abort);
    for (const pipe of pipes.values()) pipe.end();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('close', () => reject(new Error('the runtime closed the connection')));
    socket.on('error', reject);
  });
  return { channel: (name) => channels.get(name), close: () => socket.close() };
}

const channelOver = (
  socket: WebSocket,
  number: number,
  { items }: Pipe<Uint8Array>,
): RuntimeChannel => ({
  data: items,
  write: (data) =>
    new Promise((resolve) => {
      // A socket that is gone takes nothing more, and says so by its end.
      socket.send(Buffer.concat([Buffer.from([number]), data]), () => resolve());
    }),
  end() {
    if (socket.protocol !== 'v5.channel.k8s.io' || socket.readyState !== WebSocket.OPEN) return;
    socket.send(Buffer.from([endOfChannel, number]));
  },
});
