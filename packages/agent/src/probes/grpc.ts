import { connect, constants } from 'node:http2';

import { textOf } from '../start-error.ts';
import { failed, passed } from './probe-result.ts';
import type { ProbeResult, ProbeTarget } from './probe-result.ts';

const check = '/grpc.health.v1.Health/Check';
const serving = 1;
const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** Asks the standard gRPC health service; SERVING is success. The two tiny messages are written by hand. */
export async function probeGrpc(
  { host, port }: ProbeTarget,
  service: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const authority = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    return verdictOf(await call(authority, service, signal));
  } catch (err) {
    if (!signal.aborted) return failed(`error: health rpc probe failed: ${textOf(err)}`);
    return failed('timeout: health rpc did not complete in time');
  }
}

/** gRPC's UNIMPLEMENTED. */
const unimplemented = '12';

function verdictOf({ code, body }: Answer): ProbeResult {
  if (code === unimplemented) {
    return failed(
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)',
    );
  }
  if (code !== '0') return failed(`error: health rpc probe failed: code ${code}`);
  const status = statusOf(body);
  if (status === serving) return passed('service healthy');
  return failed(`service unhealthy (responded with "${statuses[status] ?? status}")`);
}

interface Answer {
  readonly code: string;
  readonly body: Buffer;
}

function call(authority: string, service: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = connect(authority);
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', stop);
      session.destroy();
      settle();
    };
    const stop = () => end(() => reject(new Error('aborted')));
    session.on('error', (err: Error) => end(() => reject(err)));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) return stop();
    const stream = session.request(requestHeaders);
    const chunks: Buffer[] = [];
    let code: string | undefined;
    const readCode = (headers: Readonly<Record<string, unknown>>) => {
      const value = headers['grpc-status'];
      if (typeof value === 'string') code = value;
    };
    stream.on('response', readCode);
    stream.on('trailers', readCode);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (err: Error) => end(() => reject(err)));
    stream.on('end', () => end(() => resolve({ code: code ?? '2', body: Buffer.concat(chunks) })));
    stream.end(frame(requestOf(service)));
  });
}

const requestHeaders = {
  [constants.HTTP2_HEADER_METHOD]: 'POST',
  [constants.HTTP2_HEADER_PATH]: check,
  [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
  [constants.HTTP2_HEADER_TE]: 'trailers',
  [constants.HTTP2_HEADER_USER_AGENT]: 'kube-probe/1.36',
};

/** `HealthCheckRequest`: field 1 is the name of the service. */
function requestOf(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  if (name.length === 0) return name;
  const length: number[] = [];
  for (let left = name.length; ; left >>>= 7) {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([0x0a, ...length]), name]);
}

/** gRPC's own framing: not compressed, then the length. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** `HealthCheckResponse`: field 1 is the status; left out it is 0. */
function statusOf(body: Buffer): number {
  const message = body.subarray(5);
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
