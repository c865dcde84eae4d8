import { CallError } from './call-error.ts';
import { createMessageReader, encodeMessageHead, statusOf } from './grpc.ts';
import type { Headers } from './http2/hpack.ts';
import { createKeeper } from './keep-alive.ts';
import type { Line } from './way.ts';
import { createWays } from './ways.ts';
import type { WaysOptions } from './ways.ts';

/** Takes a message, and copies what it keeps of it. */
type TakeMessage = (message: Buffer) => void;

/** gRPC calls with one message there, and any number back for as long as they are wanted. */
export interface StreamCaller {
  /**
   * Gives every message to `take`. Resolves when `signal` aborts; rejects with what `take` throws, and with a
   * `CallError` when the call ends for any other reason.
   */
  follow(path: string, message: Uint8Array, take: TakeMessage, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Calls on connections of their own, so that a flood of messages holds up no others. */
export function createStreamCaller(options: WaysOptions): StreamCaller {
  const ways = createWays(options);
  const hold = createKeeper(options.clock);
  return {
    async follow(path, message, take, signal) {
      if (signal.aborted) return;
      const line = await ways.connected();
      const letGo = hold(line);
      await exchange(line, path, message, take, signal).finally(letGo);
    },
    close: ways.close,
  };
}

const exchange = (
  { session, headersOf }: Line,
  path: string,
  message: Uint8Array,
  take: TakeMessage,
  signal: AbortSignal,
) =>
  new Promise<void>((resolve, reject) => {
    if (signal.aborted) return resolve();
    let headers: Headers | undefined;
    const read = createMessageReader((each) => {
      if (!signal.aborted) take(each);
    });
    function leave() {
      stop();
      resolve();
    }
    function fail(err: unknown) {
      signal.removeEventListener('abort', leave);
      reject(err instanceof Error ? err : new Error(String(err)));
    }
    signal.addEventListener('abort', leave, { once: true });
    const stop = session.request(
      {
        headers: headersOf(path),
        body: [encodeMessageHead(message.length), message],
        ends: false,
      },
      {
        onHeaders(latest) {
          headers = latest;
        },
        onData(piece) {
          try {
            read(piece);
          } catch (err) {
            stop();
            fail(err);
          }
        },
        onEnd() {
          const { code, message: text = 'etcd broke off' } = statusOf(headers) ?? {};
          fail(new CallError(text, { sent: true, ...(code !== undefined && { code }) }));
        },
        onBroken: (sent, cause) => fail(new CallError('etcd broke off', { sent, cause })),
      },
    );
  });
