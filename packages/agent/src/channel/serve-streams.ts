import { internalError, StatusError } from '@berth/api';
import type { Status } from '@berth/api';
import { createPipe } from '@berth/component-base';
import type { Logger } from '@berth/component-base';
import type {
  Frame,
  LogsRequest,
  NodeCalls,
  StreamRequest,
} from '@berth/component-base/node-protocol';

import type { LogOptions, StreamHandlers, StreamIo, StreamTarget } from '../control-plane.ts';

export interface ServeStreamsOptions {
  readonly logger: Logger;
  /** Called for each stream that was asked for. */
  readonly wentWell: () => void;
}

/** Carries the byte streams that the control plane asks for, until it asks no more. */
export async function serveStreams(
  calls: NodeCalls,
  handlers: StreamHandlers,
  { logger, wentWell }: ServeStreamsOptions,
  signal: AbortSignal,
): Promise<void> {
  const asked = calls.serverStream<StreamRequest>('AwaitStreams', {}, { signal });
  for await (const request of asked) {
    wentWell();
    const log = logger.with({ pod: `${request.namespace}/${request.pod}` });
    serveStream(calls, handlers, request, log, signal).catch((err: unknown) => {
      if (!signal.aborted) log.debug('Lost a stream', { err });
    });
  }
}

/** Larger pieces are cut: a few of them wait for the network at any time. */
const frameBytes = 64 * 1024;

/** Carries one stream: what comes goes to the handler, what the handler writes goes back, its outcome last. */
async function serveStream(
  calls: NodeCalls,
  handlers: StreamHandlers,
  request: StreamRequest,
  logger: Logger,
  outer: AbortSignal,
): Promise<void> {
  const outgoing = createPipe<Frame>();
  const stdin = createPipe<Uint8Array>();
  const resize = createPipe<{ readonly width: number; readonly height: number }>();
  const gone = new AbortController();
  const leave = () => gone.abort();
  outer.addEventListener('abort', leave, { once: true });

  const writeAll = async (channel: Frame['channel'], data: Uint8Array) => {
    for (let at = 0; at < data.length; at += frameBytes) {
      await outgoing.write(frame(channel, data.subarray(at, at + frameBytes)));
    }
  };
  void outgoing.write({ ...frame('STDOUT', new Uint8Array()), streamId: request.id });
  const incoming = calls.bidi<Frame>('Stream', outgoing.items, { signal: outer });
  const io: StreamIo = {
    stdin: stdin.items,
    resize: resize.items,
    stdout: (data) => writeAll('STDOUT', data),
    stderr: (data) => writeAll('STDERR', data),
  };
  const handled = outcomeOf(handlers, request, io, logger, gone.signal).then(async (status) => {
    await outgoing.write(frame('STATUS', new TextEncoder().encode(JSON.stringify(status))));
    outgoing.end();
  });
  try {
    for await (const { channel, data, end } of incoming) {
      if (channel === 'RESIZE') void resize.write(sizeOf(data));
      if (channel !== 'STDIN') continue;
      if (data.length > 0) await stdin.write(data);
      if (end) stdin.end();
    }
  } finally {
    outer.removeEventListener('abort', leave);
    leave();
    stdin.end();
    resize.end();
    outgoing.end();
    await handled;
  }
}

const frame = (channel: Frame['channel'], data: Uint8Array): Frame => ({
  channel,
  data,
  end: false,
});

function sizeOf(data: Uint8Array) {
  const { Width: width = 0, Height: height = 0 } = JSON.parse(new TextDecoder().decode(data)) as {
    readonly Width?: number;
    readonly Height?: number;
  };
  return { width, height };
}

type Outcome = Partial<Status>;

async function outcomeOf(
  handlers: StreamHandlers,
  request: StreamRequest,
  io: StreamIo,
  logger: Logger,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await handle(handlers, request, io, signal);
  } catch (err) {
    if (err instanceof StatusError) return err.status;
    if (!signal.aborted) logger.error('Failed to serve a stream', { err });
    return internalError('the stream failed on its node').status;
  }
}

const success: Outcome = { status: 'Success' };

async function handle(
  handlers: StreamHandlers,
  request: StreamRequest,
  io: StreamIo,
  signal: AbortSignal,
): Promise<Outcome> {
  const { namespace, pod, podUid: uid, container } = request;
  const target: StreamTarget = { namespace, pod, uid, container };
  if (request.logs) {
    const chunks = handlers.logs(target, logOptions(request.logs), signal);
    for await (const chunk of chunks) await io.stdout(chunk);
  } else if (request.exec) {
    return exitStatus((await handlers.exec(target, request.exec, io, signal)).exitCode);
  } else if (request.attach) {
    await handlers.attach(target, request.attach, io, signal);
  } else if (request.portForward) {
    await handlers.portForward(target, request.portForward.port, io, signal);
  } else {
    throw internalError('this node does not know the kind of stream that was asked for');
  }
  return success;
}

function logOptions(asked: LogsRequest): LogOptions {
  const { follow, previous, timestamps, tailLines, limitBytes, sinceMs } = asked;
  return {
    follow,
    previous,
    timestamps,
    ...(tailLines >= 0 && { tailLines }),
    ...(limitBytes >= 0 && { limitBytes }),
    ...(sinceMs >= 0 && { sinceMs }),
  };
}

/** A command's exit code in the form in which clients look for it. */
const exitStatus = (exitCode: number): Outcome =>
  exitCode === 0
    ? success
    : {
        status: 'Failure',
        message: `command terminated with exit code ${exitCode}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
      };
