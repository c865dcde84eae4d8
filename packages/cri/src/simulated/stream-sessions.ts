import type { Output, SimulatedContainer } from './container.ts';
import { createClosedPipe, createPipe } from './programs/pipe.ts';
import type { Pipe } from './programs/pipe.ts';
import type { Channels, Session } from './stream-server.ts';

/** Kubernetes' channels of a command. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;

interface Wanted {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** One command in a container, from its start to its exit code. */
export const execSession =
  (container: SimulatedContainer, command: readonly string[], wanted: Wanted): Session =>
  (channels) => {
    const stdin = wanted.stdin ? createPipe() : createClosedPipe();
    feed(channels, stdin);
    const output = outputTo(channels, wanted);
    container.execute(command, { output, stdin, kill: channels.gone }).then(
      (code) => finish(channels, statusOf(code)),
      (err: unknown) => finish(channels, failure(err instanceof Error ? err.message : String(err))),
    );
  };

/** The streams of a container's own process, until it ends. */
export const attachSession =
  (container: SimulatedContainer, wanted: Wanted): Session =>
  (channels) => {
    if (wanted.stdin) feed(channels, container.stdin);
    const detach = container.attach(outputTo(channels, wanted));
    channels.gone.addEventListener('abort', detach);
    void container.ended.then(() => finish(channels, success));
  };

/**
 * Each port has a channel for data and one for errors, which begin with the port's number. What answers behind it says
 * which pod it is to whoever sends it an HTTP request.
 */
export const portForwardSession =
  (
    ports: readonly number[],
    pod: { readonly hostname: string; readonly answers: () => boolean },
  ): Session =>
  (channels) => {
    const requests = new Map<number, string>();
    ports.forEach((port, at) => {
      const number = Buffer.alloc(2);
      number.writeUInt16LE(port);
      channels.send(2 * at, number);
      channels.send(2 * at + 1, number);
      if (!pod.answers()) channels.send(2 * at + 1, `connect: connection refused to port ${port}`);
    });
    channels.onMessage((from, data) => {
      const port = ports[from / 2];
      if (port === undefined || !pod.answers()) return;
      const request = ((requests.get(from) ?? '') + data.toString('latin1')).slice(-maxRequest);
      const complete = request.includes('\r\n\r\n');
      requests.set(from, complete ? '' : request);
      if (complete) channels.send(from, httpAnswer({ hostname: pod.hostname, port }));
    });
  };

/** The end of a longer one is all that is looked at. */
const maxRequest = 64 * 1024;

function httpAnswer(body: object): string {
  const text = `${JSON.stringify(body)}\n`;
  const headers = `Content-Type: application/json\r\nContent-Length: ${text.length}`;
  return `HTTP/1.1 200 OK\r\n${headers}\r\n\r\n${text}`;
}

function feed(channels: Channels, stdin: Pipe): void {
  channels.onMessage((from, data) => {
    if (from === channel.stdin) stdin.write(data);
  });
  channels.onChannelEnd((ended) => {
    if (ended === channel.stdin) stdin.end();
  });
}

const outputTo =
  (channels: Channels, wanted: Wanted): Output =>
  (stream, data) => {
    if (wanted[stream] && !channels.gone.aborted) channels.send(channel[stream], data);
  };

function finish(channels: Channels, status: object): void {
  if (channels.gone.aborted) return;
  channels.send(channel.status, JSON.stringify(status));
  channels.close();
}

const success = { metadata: {}, status: 'Success' };

const failure = (message: string) => ({
  metadata: {},
  status: 'Failure',
  message,
  reason: 'InternalError',
  code: 500,
});

const statusOf = (code: number) =>
  code === 0
    ? success
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      };
