import { Buffer } from 'node:buffer';
import { internalError } from '@berth/api';
import type { Status } from '@berth/api';
import type { RuntimeService } from '@berth/cri';

import type { ExecOptions, StreamHandlers, StreamIo } from '../control-plane.ts';
import type { StreamLookup } from '../stream-lookup.ts';
import { NotSpokenError } from './runtime-channels.ts';
import type { ChannelName, RuntimeChannel, RuntimeChannels, Wanted } from './runtime-channels.ts';
import { openSpdyChannels } from './spdy-channels.ts';
import { openWebSocketChannels } from './web-socket-channels.ts';

type Handlers = Omit<StreamHandlers, 'logs'>;

/** exec, attach and port-forward through the runtime's streaming server, which listens on this node's loopback. */
export function createStreamHandlers(
  runtime: Pick<RuntimeService, 'exec' | 'attach' | 'portForward'>,
): (lookup: StreamLookup) => Handlers {
  const open = createOpener();

  return (lookup) => ({
    async exec(target, asked, io, signal) {
      const { id } = await lookup.container(target);
      const options = withoutMixing(asked);
      const channels = await open(
        () => runtime.exec(id, options, signal),
        { kind: 'command', channels: namesOf(options) },
        signal,
      );
      return { exitCode: exitCodeOf(await converse(channels, io, signal)) };
    },

    async attach(target, asked, io, signal) {
      const { id, tty } = await lookup.container(target);
      const options = withoutMixing({ ...asked, tty });
      const channels = await open(
        () => runtime.attach(id, options, signal),
        { kind: 'command', channels: namesOf(options) },
        signal,
      );
      exitCodeOf(await converse(channels, io, signal));
    },

    async portForward(target, port, io, signal) {
      const { id } = await lookup.sandbox(target);
      const channels = await open(
        () => runtime.portForward(id, [port], signal),
        { kind: { port }, channels: ['error', 'data'] },
        signal,
      );
      await forward(channels, port, io, signal);
    },
  });
}

/** Each URL opens once, so what is tried after a refusal needs another one. */
function createOpener() {
  let speaksSpdy = true;
  return async (
    urlOf: () => Promise<string>,
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<RuntimeChannels> => {
    try {
      if (speaksSpdy) return await openSpdyChannels(await urlOf(), wanted, signal);
    } catch (err) {
      if (!(err instanceof NotSpokenError)) throw err;
      speaksSpdy = false;
    }
    return openWebSocketChannels(await urlOf(), wanted, signal);
  };
}

/** A terminal has one output. */
const withoutMixing = <O extends Omit<ExecOptions, 'command'>>(options: O): O => ({
  ...options,
  stderr: options.stderr && !options.tty,
});

const namesOf = ({ stdin, stdout, stderr, tty }: Omit<ExecOptions, 'command'>): ChannelName[] => [
  'error',
  ...(stdin ? ['stdin' as const] : []),
  ...(stdout ? ['stdout' as const] : []),
  ...(stderr ? ['stderr' as const] : []),
  ...(tty ? ['resize' as const] : []),
];

/** Carries bytes both ways until the command ends; resolves to what the runtime said about its end. */
async function converse(
  channels: RuntimeChannels,
  io: StreamIo,
  signal: AbortSignal,
): Promise<string> {
  const close = () => channels.close();
  signal.addEventListener('abort', close, { once: true });
  const [error, stdin, resize] = (['error', 'stdin', 'resize'] as const).map(channels.channel);
  try {
    if (stdin) void send(io.stdin, stdin);
    if (resize) void send(sizes(io.resize), resize);
    const [text] = await Promise.all([
      error ? textOf(error.data) : '',
      copy(channels.channel('stdout'), io.stdout),
      copy(channels.channel('stderr'), io.stderr),
    ]);
    return text;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

async function forward(
  channels: RuntimeChannels,
  port: number,
  io: StreamIo,
  signal: AbortSignal,
): Promise<void> {
  const close = () => channels.close();
  signal.addEventListener('abort', close, { once: true });
  const [data, error] = (['data', 'error'] as const).map(channels.channel);
  try {
    error?.end();
    if (data) void send(io.stdin, data);
    // A connection that the pod refused ends in words on the error channel, one that it closed ends without.
    const [text] = await Promise.all([error ? textOf(error.data) : '', copy(data, io.stdout)]);
    if (text) throw internalError(`error forwarding port ${port} to pod: ${text}`);
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/** The reader's end is the end of the loop: a peer that is gone needs no more. */
async function send(from: AsyncIterable<Uint8Array>, to: RuntimeChannel): Promise<void> {
  for await (const data of from) await to.write(data);
  to.end();
}

async function* sizes(resize: StreamIo['resize']): AsyncIterable<Uint8Array> {
  for await (const { width, height } of resize) {
    yield Buffer.from(JSON.stringify({ Width: width, Height: height }));
  }
}

async function copy(
  from: RuntimeChannel | undefined,
  to: (data: Uint8Array) => Promise<void>,
): Promise<void> {
  if (from) for await (const data of from.data) await to(data);
}

async function textOf(data: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of data) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Throws unless the command ran to its end. */
function exitCodeOf(text: string): number {
  if (text === '') throw internalError('the runtime did not say how the command ended');
  const { status, reason, details, message = '' } = readStatus(text);
  if (status === 'Success') return 0;
  const cause = details?.causes?.find((one) => one.reason === 'ExitCode');
  if (reason === 'NonZeroExitCode' && cause) return Number(cause.message);
  throw internalError(`error executing command in container: ${message}`);
}

function readStatus(text: string): Partial<Status> {
  try {
    return JSON.parse(text) as Partial<Status>;
  } catch {
    return { status: 'Failure', message: text };
  }
}
