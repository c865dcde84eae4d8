import { CallError } from './call-error.ts';
import { encodeMessageHead, onlyMessage, statusOf } from './grpc.ts';
import type { Headers } from './http2/hpack.ts';
import type { Line } from './way.ts';
import { createWays } from './ways.ts';
import type { WaysOptions } from './ways.ts';

export interface UnaryOptions extends WaysOptions {
  /** Longest time that one call may take, the way to the server included. */
  readonly timeoutMs: number;
}

/** gRPC calls with one message each way. */
export interface UnaryCaller {
  /** Resolves to the answer's message; rejects with a `CallError`. Nothing that may have been sent is sent again. */
  call(path: string, message: Uint8Array): Promise<Buffer>;
  close(): void;
}

/**
 * Unary gRPC calls on our own few pages of HTTP/2. A general gRPC client has balancers, retries, interceptors and call
 * credentials in every call's way, and a general HTTP/2 client a stream with all that belongs to one, which takes more
 * time than all the rest of a small write. One server is used until it fails; what surely never left this machine, or
 * was refused unseen, goes to the next.
 */
export function createUnaryCaller(options: UnaryOptions): UnaryCaller {
  const { clock, timeoutMs } = options;
  const ways = createWays(options);

  return {
    call: (path, message) =>
      new Promise((resolve, reject) => {
        let stop = (): boolean => false;
        let isOver = false;
        let triesLeft = ways.count;
        const cancel = clock.after(timeoutMs, () =>
          fail(new CallError('no answer in time', { sent: stop() })),
        );
        const fail = (err: CallError) => {
          isOver = true;
          cancel();
          reject(err);
        };
        const end: End = {
          succeed(answer) {
            isOver = true;
            cancel();
            resolve(answer);
          },
          fail(err) {
            if (err.sent || triesLeft === 0 || isOver) return fail(err);
            triesLeft -= 1;
            ways.connected().then(send, fail);
          },
        };
        const send = (line: Line) => {
          if (!isOver) stop = exchange(line, path, message, end);
        };
        const ready = ways.ready();
        if (ready) send(ready);
        else ways.connected().then(send, fail);
      }),
    close: ways.close,
  };
}

/** How an exchange ends. */
interface End {
  readonly succeed: (answer: Buffer) => void;
  readonly fail: (err: CallError) => void;
}

const ok = 0;

/** Sends a message and hears the answer. Gives back what ends it early, and tells whether anything may have been sent. */
function exchange(
  { session, headersOf, drop }: Line,
  path: string,
  message: Uint8Array,
  { succeed, fail }: End,
): () => boolean {
  const heard = session.answers();
  const pieces: Buffer[] = [];
  let headers: Headers | undefined;
  const stop = session.request(
    {
      headers: headersOf(path),
      body: [encodeMessageHead(message.length), message],
      ends: true,
    },
    {
      onHeaders(latest) {
        headers = latest;
      },
      onData(piece) {
        pieces.push(Buffer.from(piece));
      },
      onEnd() {
        const status = statusOf(headers);
        const answer = status?.code === ok ? onlyMessage(joined(pieces)) : undefined;
        if (answer) succeed(answer);
        else if (!status || status.code === ok)
          fail(new CallError('etcd broke off', { sent: true }));
        else fail(new CallError(status.message, { code: status.code, sent: true }));
      },
      onBroken: (sent, cause) => fail(new CallError('etcd broke off', { sent, cause })),
    },
  );
  return () => {
    const sent = stop();
    // Whoever has answered nobody for so long is gone without a word: the next call makes a new connection.
    if (session.answers() === heard) drop();
    return sent;
  };
}

const joined = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
