import { internalError } from '@berth/api';
import type { Status } from '@berth/api';
import type { Frame } from '@berth/component-base/node-protocol';
import type { NodeStream } from './stream-broker.ts';

/** Whoever runs or watches a command in a pod, whatever protocol they speak. */
export interface CommandClient {
  /** What they type and how large their terminal is: STDIN and RESIZE frames. Ends when they are gone. */
  readonly input: AsyncIterable<Frame>;
  /** Resolves when they can take more. */
  output(channel: 'STDOUT' | 'STDERR', data: Uint8Array): Promise<void>;
  /** Tells how it ended and closes the connection. */
  finish(status: Partial<Status>): Promise<void>;
}

/** Carries bytes between a client and a node until the node says how the command ended, or either is gone. */
export async function runSession(client: CommandClient, stream: NodeStream): Promise<void> {
  const typing = forward(client, stream);
  try {
    await client.finish(await relay(client, stream));
  } finally {
    stream.close();
  }
  await typing;
}

async function forward(client: CommandClient, stream: NodeStream): Promise<void> {
  for await (const frame of client.input) await stream.send(frame);
  // Nobody is there any more: the command is not left alone.
  stream.close();
}

async function relay(client: CommandClient, { frames }: NodeStream): Promise<Partial<Status>> {
  for await (const { channel, data } of frames) {
    if (channel === 'STATUS') return statusOf(data);
    if (data.length > 0 && (channel === 'STDOUT' || channel === 'STDERR')) {
      await client.output(channel, data);
    }
  }
  return internalError('the node was lost').status;
}

export const statusOf = (data: Uint8Array): Partial<Status> =>
  JSON.parse(new TextDecoder().decode(data)) as Partial<Status>;
