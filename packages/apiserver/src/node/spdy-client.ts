import { Buffer } from 'node:buffer';
import { createPipe, sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { AttachRequest, Frame } from '@berth/component-base/node-protocol';
import type { SpdyConnection, SpdyStream } from '@berth/component-base/spdy';
import type { Upgrade } from '../server.ts';
import type { CommandClient } from './command-session.ts';
import { errorText } from './exit-text.ts';
import { acceptSpdy } from './spdy-upgrade.ts';

const protocols = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
  '',
];
/** From here on terminals have a size, and the end is told as a Status. */
const withResize = protocols.slice(0, 2);
const withStatus = protocols.slice(0, 1);

/** How long a client may take to open the streams of its command. */
const streamsMs = 30_000;

/** A client that runs a command over SPDY/3.1; undefined when it did not open its streams. */
export async function acceptSpdyClient(
  upgrade: Upgrade,
  wanted: AttachRequest,
  clock: Clock,
): Promise<CommandClient | undefined> {
  const { connection, protocol } = acceptSpdy(upgrade, protocols);
  const names = [
    'error',
    ...(wanted.stdin ? ['stdin'] : []),
    ...(wanted.stdout ? ['stdout'] : []),
    ...(wanted.stderr ? ['stderr'] : []),
    ...(wanted.tty && withResize.includes(protocol) ? ['resize'] : []),
  ];
  const streams = await collect(connection, names, clock);
  if (!streams) {
    connection.close();
    return undefined;
  }
  return clientOver(connection, streams, withStatus.includes(protocol));
}

async function collect(
  connection: SpdyConnection,
  names: readonly string[],
  clock: Clock,
): Promise<ReadonlyMap<string, SpdyStream> | undefined> {
  const streams = new Map<string, SpdyStream>();
  const complete = (async () => {
    for await (const stream of connection.incoming) {
      const name = stream.headers['streamtype'] ?? '';
      if (names.includes(name) && !streams.has(name)) streams.set(name, stream);
      else stream.reset();
      if (streams.size === names.length) return true;
    }
    return false;
  })();
  const done = new AbortController();
  const late = sleep(clock, streamsMs, done.signal).then(() => false);
  const isComplete = await Promise.race([complete, late]);
  done.abort();
  return isComplete ? streams : undefined;
}

function clientOver(
  connection: SpdyConnection,
  streams: ReadonlyMap<string, SpdyStream>,
  structured: boolean,
): CommandClient {
  const input = createPipe<Frame>();
  void connection.closed.then(() => input.end());
  const stdin = streams.get('stdin');
  if (stdin) void feed(stdin, 'STDIN', input.write, true);
  const resize = streams.get('resize');
  if (resize) void feed(resize, 'RESIZE', input.write, false);
  return {
    input: input.items,
    async output(channel, data) {
      await streams.get(channel === 'STDOUT' ? 'stdout' : 'stderr')?.write(data);
    },
    async finish(status) {
      const told = structured ? JSON.stringify({ metadata: {}, ...status }) : errorText(status);
      await streams.get('error')?.write(Buffer.from(told));
      for (const stream of streams.values()) stream.end();
      connection.close();
    },
  };
}

async function feed(
  stream: SpdyStream,
  channel: Frame['channel'],
  write: (frame: Frame) => Promise<void>,
  tellEnd: boolean,
): Promise<void> {
  try {
    for await (const data of stream.data) await write({ channel, data, end: false });
    if (tellEnd) await write({ channel, data: new Uint8Array(), end: true });
  } catch {
    // The connection was lost, which ends the input as a whole.
  }
}
