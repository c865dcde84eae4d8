import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Clock } from '@berth/component-base';
import type { EtcdTls } from '../etcd.ts';

/** A call that did not succeed. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** gRPC's status; undefined when no answer came. */
  readonly code: number | undefined;
  /** Whether the request may have reached the server. */
  readonly sent: boolean;

  constructor(
    message: string,
    { code, sent, cause }: Pick<CallError, 'sent'> & Partial<CallError>,
  ) {
    super(message, { cause });
    this.code = code;
    this.sent = sent;
  }
}

export interface UnaryOptions {
  readonly servers: readonly string[];
  readonly tls?: EtcdTls;
  readonly clock: Pick<Clock, 'after'>;
  /** Longest time that one call may take, the way to the server included. */
  readonly timeoutMs: number;
}

/** gRPC calls with one message each way. */
export interface UnaryCaller {
  /** Resolves to the answer's message; rejects with a `CallError`. Nothing that may have been sent is sent again. */
  call(path: string, message: Uint8Array): Promise<Uint8Array>;
  close(): void;
}

/** What may arrive unread on one stream, and on all together: values of etcd are larger than HTTP/2's 64 KiB. */
const streamWindow = 4 * 1024 * 1024;
const sessionWindow = 16 * 1024 * 1024;

/**
 * Unary gRPC calls on HTTP/2 alone. A general gRPC client has balancers, retries, interceptors and call credentials in
 * every call's way, which take more time than all the rest of a small write. One server is used until it fails; what
 * surely never left this machine goes to the next.
 */
export function createUnaryCaller({ servers, tls, clock, timeoutMs }: UnaryOptions): UnaryCaller {
  const ways = servers.map((server) => createWay(server, tls, clock));
  let preferred = 0;
  let closed = false;

  async function connected(): Promise<Line> {
    const failures: unknown[] = [];
    for (let i = 0; i < ways.length; i += 1) {
      if (closed) break;
      const at = (preferred + i) % ways.length;
      try {
        const found = await ways[at]!.connected();
        preferred = at;
        return found;
      } catch (err) {
        failures.push(err);
      }
    }
    throw new CallError('no connection to etcd', { sent: false, cause: failures.at(-1) });
  }

  return {
    call: (path, message) =>
      new Promise((resolve, reject) => {
        let stop = (): boolean => false;
        let isOver = false;
        const cancel = clock.after(timeoutMs, () =>
          fail(new CallError('no answer in time', { sent: stop() })),
        );
        const fail = (err: CallError) => {
          isOver = true;
          cancel();
          reject(err);
        };
        const succeed = (answer: Uint8Array) => {
          isOver = true;
          cancel();
          resolve(answer);
        };
        const send = (line: Line) => {
          if (!isOver) stop = exchange(line, path, message, succeed, fail);
        };
        const ready = ways[preferred]!.ready();
        if (ready) send(ready);
        else connected().then(send, fail);
      }),
    close() {
      closed = true;
      for (const way of ways) way.close();
    },
  };
}

/** A connection that can take calls. */
interface Line {
  readonly session: ClientHttp2Session;
  /** How many answers have begun to come. */
  heard: number;
}

/** The connection to one server, made when it is needed. */
interface Way {
  /** The connection, if there is one. */
  ready(): Line | undefined;
  connected(): Promise<Line>;
  close(): void;
}

/** How long a server may take to let somebody in, before another is asked. */
const connectMs = 3_000;

function createWay(server: string, tls: EtcdTls | undefined, clock: UnaryOptions['clock']): Way {
  let live: Line | undefined;
  let opening: Promise<Line> | undefined;

  const open = () =>
    new Promise<Line>((resolve, reject) => {
      const session = connect(server, { ...tls, settings: { initialWindowSize: streamWindow } });
      const cancel = clock.after(connectMs, () => session.destroy());
      const end = (err = new Error(`${server} closed the connection`)) => {
        cancel();
        if (live?.session === session) live = undefined;
        reject(err);
      };
      session.on('error', end);
      session.once('close', () => end());
      // It takes no new calls from then on; those under way may still end well.
      session.once('goaway', () => end());
      session.once('connect', () => {
        cancel();
        session.setLocalWindowSize(sessionWindow);
        live = { session, heard: 0 };
        resolve(live);
      });
    });
  const ready = () => (live && !live.session.closed && !live.session.destroyed ? live : undefined);

  return {
    ready,
    async connected() {
      const found = ready();
      if (found) return found;
      opening ??= open().finally(() => (opening = undefined));
      return opening;
    },
    close() {
      live?.session.destroy();
      void opening?.then(
        ({ session }) => session.destroy(),
        () => undefined,
      );
    },
  };
}

const ok = 0;
const prefixBytes = 5;

/** Sends a message and hears the answer. Gives back what ends it early, and tells whether anything may have been sent. */
function exchange(
  line: Line,
  path: string,
  message: Uint8Array,
  succeed: (answer: Uint8Array) => void,
  fail: (err: CallError) => void,
): () => boolean {
  const { session, heard } = line;
  let stream: ClientHttp2Stream;
  try {
    stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
  } catch (cause) {
    fail(new CallError('the connection to etcd is gone', { sent: false, cause }));
    return () => false;
  }
  const chunks: Buffer[] = [];
  let status: IncomingHttpHeaders = {};
  let broken: unknown;
  stream.on('response', (headers) => {
    line.heard += 1;
    status = headers;
  });
  stream.on('trailers', (headers: IncomingHttpHeaders) => {
    status = headers;
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', (err) => {
    broken = err;
  });
  stream.once('close', () => {
    const code = status['grpc-status'];
    if (code === undefined) {
      const sent = stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM;
      return fail(new CallError('etcd broke off', { sent, cause: broken }));
    }
    if (Number(code) !== ok)
      return fail(new CallError(textOf(status), { code: Number(code), sent: true }));
    const answer = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    succeed(answer.subarray(prefixBytes));
  });
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, prefixBytes);
  stream.end(framed);
  return () => {
    // Whoever has answered nobody for so long is gone without a word: the next call makes a new connection.
    if (line.heard === heard) session.destroy();
    else stream.close(constants.NGHTTP2_CANCEL);
    return true;
  };
}

function textOf({ 'grpc-message': message = '' }: IncomingHttpHeaders): string {
  const text = String(message);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
