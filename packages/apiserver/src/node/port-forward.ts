import { Buffer } from 'node:buffer';
import { badRequest } from '@berth/api';
import type { Pod } from '@berth/api';
import type { Logger } from '@berth/component-base';
import { createSpdyConnection } from '@berth/component-base/spdy';
import type { SpdyConnection, SpdyStream } from '@berth/component-base/spdy';
import type { Upgrade } from '../server.ts';
import { statusOf } from './command-session.ts';
import { nodeOf } from './pod-target.ts';
import { acceptSpdy, isSpdy } from './spdy-upgrade.ts';
import type { NodeStream, NodeStreams } from './stream-broker.ts';
import { acceptWebSocket, isWebSocket } from './web-socket.ts';

const protocol = 'portforward.k8s.io';

/** Takes a port-forward over: SPDY/3.1 on the connection itself, or inside a WebSocket. */
export async function acceptPortForward(upgrade: Upgrade): Promise<SpdyConnection> {
  if (isSpdy(upgrade)) return acceptSpdy(upgrade, [protocol]).connection;
  if (!isWebSocket(upgrade)) throw badRequest('Upgrade request required');
  const { socket } = await acceptWebSocket(upgrade, [`SPDY/3.1+${protocol}`]);
  const { createWebSocketStream } = await import('ws');
  return createSpdyConnection(createWebSocketStream(socket), 'server');
}

export interface PortForwardOptions {
  readonly streams: NodeStreams;
  readonly logger: Logger;
}

/** Serves every connection that the client opens through the forward, until the client is gone. */
export async function servePortForward(
  connection: SpdyConnection,
  pod: Pod,
  { streams, logger }: PortForwardOptions,
  signal: AbortSignal,
): Promise<void> {
  /** Each connection is a pair: its error stream comes first, its data stream second. */
  const errors = new Map<string, SpdyStream>();
  for await (const stream of connection.incoming) {
    const { streamtype, requestid = '', port = '' } = stream.headers;
    const number = Number(port);
    if (!Number.isInteger(number) || number < 1 || number > 65_535) {
      stream.reset();
    } else if (streamtype === 'error' && !errors.has(requestid)) {
      errors.set(requestid, stream);
    } else if (streamtype === 'data' && errors.has(requestid)) {
      const error = errors.get(requestid);
      errors.delete(requestid);
      if (error) {
        forwardOne({ data: stream, error, port: number, pod, streams }, signal).catch(
          (err: unknown) => logger.debug('Lost a forwarded connection', { err }),
        );
      }
    } else {
      stream.reset();
    }
  }
}

interface Forward {
  readonly data: SpdyStream;
  readonly error: SpdyStream;
  readonly port: number;
  readonly pod: Pod;
  readonly streams: NodeStreams;
}

async function forwardOne(
  { data, error, port, pod, streams }: Forward,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name, uid } = pod.metadata;
  try {
    const target = { namespace, pod: name, podUid: uid, container: '', portForward: { port } };
    const stream = await streams.open(nodeOf(pod), target, signal);
    void upload(data, stream);
    const problem = await download(data, stream);
    if (problem) await error.write(Buffer.from(problem));
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    await error.write(Buffer.from(`error forwarding port ${port} to pod ${name}: ${why}`));
  } finally {
    data.end();
    error.end();
  }
}

async function upload(data: SpdyStream, stream: NodeStream): Promise<void> {
  try {
    for await (const chunk of data.data) {
      await stream.send({ channel: 'STDIN', data: chunk, end: false });
    }
    await stream.send({ channel: 'STDIN', data: new Uint8Array(), end: true });
  } catch {
    // The client gave this connection up.
    stream.close();
  }
}

/** Resolves to what went wrong, `''` when nothing did. */
async function download(data: SpdyStream, { frames }: NodeStream): Promise<string> {
  for await (const frame of frames) {
    if (frame.channel === 'STDOUT') await data.write(frame.data);
    if (frame.channel !== 'STATUS') continue;
    const { status, message = 'unknown error' } = statusOf(frame.data);
    return status === 'Success' ? '' : message;
  }
  return 'the node was lost';
}
