import { Buffer } from 'node:buffer';
import { createPipe } from '@berth/component-base';
import type { AttachRequest, Frame } from '@berth/component-base/node-protocol';
import type { CommandClient } from './command-session.ts';
import { errorText } from './exit-text.ts';
import { acceptWebSocket, normalClosure, sendMessage } from './web-socket.ts';
import type { Accepted } from './web-socket.ts';
import type { Upgrade } from '../server.ts';

const protocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
];

/** The first byte of a message names its channel. */
const number = { STDIN: 0, STDOUT: 1, STDERR: 2, STATUS: 3, RESIZE: 4 } as const;
const endOfChannel = 255;
const digitZero = 0x30;

/** A client that runs a command over a WebSocket. */
export async function acceptWebSocketClient(
  upgrade: Upgrade,
  wanted: AttachRequest,
): Promise<CommandClient> {
  const accepted = await acceptWebSocket(upgrade, protocols);
  const client = clientOver(accepted, wanted.stdin);
  // Upstream's sign that the stream is open.
  if (wanted.stdout) await client.output('STDOUT', empty);
  else if (wanted.stderr) await client.output('STDERR', empty);
  return client;
}

function clientOver({ socket, protocol }: Accepted, takesInput: boolean): CommandClient {
  const isText = protocol.includes('base64');
  const input = createPipe<Frame>();
  const send = (channel: number, data: Uint8Array) =>
    sendMessage(
      socket,
      isText
        ? `${channel}${Buffer.from(data).toString('base64')}`
        : Buffer.concat([Buffer.from([channel]), data]),
    );
  socket.on('message', (message: Buffer) => {
    const frame = frameOf(isText ? decoded(message) : message);
    if (!frame || (frame.channel === 'STDIN' && !takesInput)) return;
    socket.pause();
    void input.write(frame).then(() => socket.resume());
  });
  socket.on('close', () => input.end());
  return {
    input: input.items,
    output: (channel, data) => send(number[channel], data),
    async finish(status) {
      const structured = protocol.startsWith('v');
      const told = structured ? JSON.stringify({ metadata: {}, ...status }) : errorText(status);
      if (structured || told) await send(number.STATUS, Buffer.from(told));
      socket.close(normalClosure);
    },
  };
}

const decoded = (message: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([(message[0] ?? 0) - digitZero]),
    Buffer.from(message.toString('latin1', 1), 'base64'),
  ]);

function frameOf(message: Buffer): Frame | undefined {
  const data = message.subarray(1);
  switch (message[0]) {
    case number.STDIN:
      return { channel: 'STDIN', data, end: false };
    case number.RESIZE:
      return { channel: 'RESIZE', data, end: false };
    case endOfChannel:
      return data[0] === number.STDIN ? { channel: 'STDIN', data: empty, end: true } : undefined;
    default:
      return undefined;
  }
}

const empty = new Uint8Array();
