import { pathOf, pods } from '@berth/api';
import type { Status } from '@berth/api';
import WebSocket from 'ws';
import { declareSwitch } from '../command-line.ts';
import type { Cluster } from '../connection.ts';
import { failureOf } from '../failure.ts';
import { podsOf } from '../pods-of.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface ExecFlags {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

/** Channels of v5.channel.k8s.io: the first byte of a message names one. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, end: 255 } as const;
const protocol = 'v5.channel.k8s.io';

export const exec: Verb<ExecFlags> = {
  declare(command) {
    command
      .usage('(POD | TYPE/NAME) [-c CONTAINER] [-it] -- COMMAND [ARGS...]')
      .description('Run a command in a container; its exit code becomes the own.')
      .option('-c, --container <name>', 'in this container');
    declareSwitch(command, '-i, --stdin', 'pass on what is typed');
    declareSwitch(command, '-t, --tty', 'with a terminal');
  },

  async run(session, { args, flags, rest }) {
    const [word] = args;
    if (word === undefined) throw new UsageError('expected POD or TYPE/NAME');
    if (!rest || rest.length === 0) {
      throw new UsageError('you must specify at least one command for the container');
    }
    const cluster = session.cluster();
    const [pod] = await podsOf(cluster, word);
    if (!pod) throw new UsageError('no pod to run it in');
    const tty = Boolean(flags.tty && flags.stdin && session.host.stdin.isTerminal);
    const query = new URLSearchParams(rest.map((part): [string, string] => ['command', part]));
    if (flags.container) query.set('container', flags.container);
    const wanted = { stdin: flags.stdin, stdout: true, stderr: !tty, tty };
    for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, 'true');
    const path = `${pathOf(pods, { ...pod.metadata, subresource: 'exec' })}?${query.toString()}`;
    const socket = await open(cluster, path);
    return converse(session, socket, { stdin: Boolean(flags.stdin), tty });
  },
};

function open({ connection }: Cluster, path: string): Promise<WebSocket> {
  const { server, ca, cert, key, token, insecureSkipTlsVerify } = connection;
  const socket = new WebSocket(`${server.replace(/^http/, 'ws')}${path}`, [protocol], {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
    rejectUnauthorized: !insecureSkipTlsVerify,
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        reject(failureOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))),
      );
    });
  });
}

/** Passes bytes on in both directions until the command has ended; resolves to its exit code. */
async function converse(
  session: Session,
  socket: WebSocket,
  { stdin, tty }: { readonly stdin: boolean; readonly tty: boolean },
): Promise<number> {
  const { host } = session;
  const send = (to: number, data: Uint8Array) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.concat([Buffer.from([to]), data]));
  };
  let status: Status | undefined;
  let written = Promise.resolve();
  socket.on('message', (message: Buffer) => {
    const data = message.subarray(1);
    const after = (work: () => Promise<void>) => (written = written.then(work));
    if (message[0] === channel.stdout) void after(() => host.stdout.write(data));
    if (message[0] === channel.stderr) void after(() => host.stderr.write(data));
    if (message[0] === channel.status) status = JSON.parse(data.toString('utf8')) as Status;
  });
  const closed = new Promise<void>((resolve, reject) => {
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
  const stopResizing = tty ? sendSizes(session, send) : () => undefined;
  if (tty) host.stdin.setRaw(true);
  if (stdin) void passInput(session, send);
  try {
    await closed;
    await written;
  } finally {
    stopResizing();
    if (tty) host.stdin.setRaw(false);
  }
  return exitCodeOf(status);
}

async function passInput(
  { host }: Session,
  send: (to: number, data: Uint8Array) => void,
): Promise<void> {
  for await (const data of host.stdin) send(channel.stdin, data);
  send(channel.end, Uint8Array.of(channel.stdin));
}

function sendSizes({ host }: Session, send: (to: number, data: Uint8Array) => void): () => void {
  const tell = () => {
    const size = host.terminalSize();
    if (!size) return;
    const text = JSON.stringify({ Width: size.columns, Height: size.rows });
    send(channel.resize, Buffer.from(text));
  };
  tell();
  return host.onResize(tell);
}

/** A command that failed says how; anything else that ended the stream is an error of its own. */
function exitCodeOf(status: Status | undefined): number {
  if (status?.status === 'Success') return 0;
  const code = status?.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  throw new UsageError(status?.message ?? 'the connection was lost before the command ended');
}
