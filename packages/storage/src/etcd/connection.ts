import type { Clock } from '@berth/component-base';
import { noop } from 'cockatiel';
import * as etcd from 'etcd3';
import { ExpiredError, UnavailableError, UnknownOutcomeError } from '../errors.ts';
import type { EtcdTls } from '../etcd.ts';
import type { Revision } from '../storage.ts';
import { CallError } from './call-error.ts';
import {
  decodeGet,
  decodeTxn,
  decodeWatch,
  encodeGet,
  encodeTxn,
  encodeWatch,
  rangePath,
  txnPath,
  watchPath,
} from './messages.ts';
import type { GetAnswer, Put, TxnAnswer, WatchAnswer } from './messages.ts';
import { createStreamCaller } from './stream.ts';
import { createUnaryCaller } from './unary.ts';

export interface ConnectionOptions {
  /** `http://` or `https://` URLs of the members. */
  readonly servers: readonly string[];
  readonly tls?: EtcdTls;
  readonly clock: Clock;
  /** Longest time that one call may take. */
  readonly timeoutMs: number;
}

export interface Connection {
  readonly client: etcd.Etcd3;
  /** Makes a call that may be made again: any failure is an `UnavailableError` or an `ExpiredError`. */
  read<T>(call: (client: etcd.Etcd3) => Promise<T>): Promise<T>;
  /** Makes a call once. A failure that leaves open whether it was carried out is an `UnknownOutcomeError`. */
  write<T>(call: (client: etcd.Etcd3) => Promise<T>): Promise<T>;
  /** Puts `put`, or removes the key without it, if the key is at `expected`. Fails as `write` does. */
  txn(key: Uint8Array, expected: Revision, put?: Put): Promise<TxnAnswer>;
  /** Fails as `read` does. */
  get(key: Uint8Array): Promise<GetAnswer>;
  /**
   * Watches all keys from a revision on. Resolves when `signal` aborts, rejects with what `take` throws, and fails as
   * `read` does when the watch ends for any other reason. Answers' bytes are to be copied by whoever keeps them.
   */
  watch(from: Revision, take: (answer: WatchAnswer) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * What nearly every request needs, one transaction or one key, goes past etcd3, whose way is several times as long, and
 * so does the watch, which brings every write back; everything else goes through it.
 *
 * etcd3 with its own ideas of recovery switched off: it would send writes again, refuse calls for seconds after a
 * failure, and take 4 s to find a restarted server.
 */
export function connect({ servers, tls, clock, timeoutMs }: ConnectionOptions): Connection {
  const client = new etcd.Etcd3({
    hosts: [...servers],
    ...(tls && { credentials: credentialsOf(tls) }),
    faultHandling: { host: () => noop, global: noop },
    defaultCallOptions: ({ isStream }) =>
      isStream ? {} : { deadline: new Date(clock.now() + timeoutMs) },
    grpcOptions: {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
      // etcd takes more than one ping in 5 s for an attack.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
    },
  });

  /** What surely never left this machine may be tried with another member. */
  async function attempt<T>(call: (client: etcd.Etcd3) => Promise<T>): Promise<T> {
    for (let left = servers.length - 1; ; left -= 1)
      try {
        return await call(client);
      } catch (err) {
        if (left <= 0 || !wasNeverSent(err)) throw err;
      }
  }

  const ways = { servers, clock, ...(tls && { tls }) };
  const unary = createUnaryCaller({ ...ways, timeoutMs });
  const streams = createStreamCaller(ways);

  return {
    client,
    async txn(key, expected, put) {
      const message = encodeTxn(key, expected, put);
      return decodeTxn(
        await unary.call(txnPath, message).catch((err: unknown) => {
          throw explainWrite(err);
        }),
      );
    },
    async get(key) {
      return decodeGet(
        await unary.call(rangePath, encodeGet(key)).catch((err: unknown) => {
          throw explainRead(err);
        }),
      );
    },
    read: (call) =>
      attempt(call).catch((err: unknown) => {
        throw explainRead(err);
      }),
    write: (call) =>
      attempt(call).catch((err: unknown) => {
        throw explainWrite(err);
      }),
    watch: (from, take, signal) =>
      streams
        .follow(watchPath, encodeWatch(from), (message) => take(decodeWatch(message)), signal)
        .catch((err: unknown) => {
          throw err instanceof CallError ? explainRead(err) : err;
        }),
    close() {
      unary.close();
      streams.close();
      client.close();
    },
  };
}

const credentialsOf = ({ ca, cert, key }: EtcdTls) => ({
  rootCertificate: ca,
  ...(cert && { certChain: cert }),
  ...(key && { privateKey: key }),
});

/** Answers with which etcd says that it has not carried a call out. */
const refusals = [
  etcd.EtcdLeaseInvalidError,
  etcd.EtcdPermissionDeniedError,
  etcd.EtcdInvalidAuthTokenError,
  etcd.GRPCAlreadyExistsError,
  etcd.GRPCFailedPreconditionError,
  etcd.GRPCInvalidArgumentError,
  etcd.GRPCNotFoundError,
  etcd.GRPCNotImplementedError,
  etcd.GRPCResourceExhastedError,
  etcd.GRPCUnauthenticatedError,
  etcd.ClientClosedError,
];

/** The same of gRPC's codes. */
const refusalCodes = new Set([
  3, // INVALID_ARGUMENT
  5, // NOT_FOUND, which a lease can be
  6, // ALREADY_EXISTS
  7, // PERMISSION_DENIED
  8, // RESOURCE_EXHAUSTED
  9, // FAILED_PRECONDITION
  12, // UNIMPLEMENTED
  16, // UNAUTHENTICATED
]);

const isRefusal = (err: unknown) =>
  err instanceof CallError
    ? err.code !== undefined && refusalCodes.has(err.code)
    : refusals.some((refusal) => err instanceof refusal);

const notFound = 5;

/** Whether a write was not made since the lease it was to hang on is gone. */
export const isLeaseGone = (err: unknown): boolean =>
  err instanceof UnavailableError && err.cause instanceof CallError && err.cause.code === notFound;

function explainRead(cause: unknown): Error {
  if (cause instanceof etcd.GRPCOutOfRangeError)
    return new ExpiredError('etcd does not keep the revision', 0);
  return new UnavailableError(`etcd did not answer: ${messageOf(cause)}`, { cause });
}

function explainWrite(cause: unknown): Error {
  if (wasNeverSent(cause) || isRefusal(cause))
    return new UnavailableError(`etcd did not take the write: ${messageOf(cause)}`, { cause });
  return new UnknownOutcomeError(`etcd was asked to write and did not answer`, { cause });
}

/** gRPC has one code for all broken connections, and tells in words whether there was one at all. */
const wasNeverSent = (err: unknown) =>
  err instanceof CallError
    ? !err.sent
    : err instanceof etcd.GRPCUnavailableError &&
      /No connection established|Name resolution failed/.test(err.message);

const messageOf = (err: unknown) => (err instanceof Error ? err.message : String(err));
