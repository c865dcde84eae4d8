import type { EventEmitter } from 'node:events';
import { experimental, Server, ServerCredentials } from '@grpc/grpc-js';
import type {
  ChannelOptions,
  Metadata,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import { isGrpcError, toServiceError } from './error.ts';
import { pump } from './pump.ts';

export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Client certificates signed by this CA are believed. They are asked for, not demanded: see `peerCertificate`. */
  readonly clientCa: string;
}

/** What a handler may know about one call. */
export interface CallContext {
  /** Aborts when the client cancels or goes away, and when the deadline passes. */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
  /** `host:port` of the client. */
  readonly peer: string;
  /** The client's certificate in DER when it showed one that the CA signed. */
  readonly peerCertificate: Uint8Array | undefined;
}

/** One method; made by `unary`, `serverStream` or `bidi`. */
export type MethodHandler = (failed: (err: unknown) => void) => UntypedHandleCall;

export interface GrpcServerOptions {
  readonly services: readonly {
    readonly definition: ServiceDefinition;
    /** By method name as in the .proto. Methods without a handler answer UNIMPLEMENTED. */
    readonly handlers: Readonly<Record<string, MethodHandler>>;
  }[];
  /** Plaintext when absent. */
  readonly tls?: ServerTls;
  readonly channelOptions?: ChannelOptions;
  /** Called with what a handler threw besides a `GrpcError`; the caller sees INTERNAL. */
  readonly onError?: (err: unknown) => void;
}

export interface GrpcServer {
  /** `host:port` or `unix:///path`; resolves to the port. */
  listen(address: string): Promise<number>;
  /** Takes no more calls and cancels those that run. */
  close(): Promise<void>;
}

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { services, tls, channelOptions = {}, onError = () => undefined } = options;
  const server = new Server({ 'grpc.max_receive_message_length': -1, ...channelOptions });
  for (const { definition, handlers } of services) {
    const implementation = Object.entries(handlers).map(([name, handler]) => [
      name,
      handler(onError),
    ]);
    server.addService(
      definition,
      Object.fromEntries(implementation) as Record<string, UntypedHandleCall>,
    );
  }
  return {
    listen: (address) =>
      new Promise((resolve, reject) => {
        const credentials = tls ? secure(tls) : ServerCredentials.createInsecure();
        server.bindAsync(address, credentials, (err, port) => (err ? reject(err) : resolve(port)));
      }),
    close: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
        server.forceShutdown();
      }),
  };
}

/** One request, one answer. */
export const unary =
  <Request, Response extends object>(
    handle: (request: Request, context: CallContext) => Promise<Response>,
  ): MethodHandler =>
  (failed) =>
  (
    call: ServerUnaryCall<Request, Response>,
    answer: (err: object | null, value?: Response) => void,
  ) => {
    handle(call.request, contextOf(call)).then(
      (response) => answer(null, response),
      (err: unknown) => answer(refusal(err, failed)),
    );
  };

/** One request, many answers, sent at the pace the client reads them. */
export const serverStream =
  <Request, Response extends object>(
    handle: (request: Request, context: CallContext) => AsyncIterable<Response>,
  ): MethodHandler =>
  (failed) =>
  (call: ServerWritableStream<Request, Response>) => {
    void reply(call, () => handle(call.request, contextOf(call)), failed);
  };

/** Both sides send as they like; the call ends when the handler's iterable does. */
export const bidi =
  <Request, Response extends object>(
    handle: (requests: AsyncIterable<Request>, context: CallContext) => AsyncIterable<Response>,
  ): MethodHandler =>
  (failed) =>
  (call: ServerDuplexStream<Request, Response>) => {
    void reply(call, () => handle(readAll<Request>(call), contextOf(call)), failed);
  };

type Stream = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

async function reply(
  call: Stream,
  answers: () => AsyncIterable<unknown>,
  failed: (err: unknown) => void,
): Promise<void> {
  try {
    await pump(answers(), call);
    call.end();
  } catch (err) {
    if (!call.cancelled) call.emit('error', refusal(err, failed));
  }
}

/** Ends, rather than fails, when the client goes away: the context's signal tells the two apart. */
async function* readAll<Request>(
  call: ServerDuplexStream<unknown, unknown>,
): AsyncIterable<Request> {
  try {
    for await (const message of call.iterator({ destroyOnReturn: false })) {
      yield message as Request;
    }
  } catch (err) {
    if (!call.cancelled) throw err;
  }
}

function refusal(err: unknown, failed: (err: unknown) => void) {
  if (!isGrpcError(err)) failed(err);
  return toServiceError(err);
}

type Call = ServerUnaryCall<unknown, unknown> | Stream;

/** Told of every call that has ended, one that succeeded too: made once, since a stack costs more than a small call. */
const gone = new Error('the call has ended');

function contextOf(call: Call): CallContext {
  const cancelled = new AbortController();
  (call as EventEmitter).once('cancelled', () => cancelled.abort(gone));
  return {
    signal: cancelled.signal,
    metadata: call.metadata,
    peer: call.getPeer(),
    peerCertificate: call.getAuthContext().sslPeerCertificate?.raw,
  };
}

function secure({ cert, key, clientCa }: ServerTls): ServerCredentials {
  const noRemoval = () => undefined;
  type Provider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[1];
  // Told later, because grpc-js does not hear what it is told while it subscribes.
  const provider: Provider = {
    addCaCertificateListener: (listener) =>
      queueMicrotask(() => listener({ caCertificate: Buffer.from(clientCa) })),
    removeCaCertificateListener: noRemoval,
    addIdentityCertificateListener: (listener) =>
      queueMicrotask(() =>
        listener({ certificate: Buffer.from(cert), privateKey: Buffer.from(key) }),
      ),
    removeIdentityCertificateListener: noRemoval,
  };
  return experimental.createCertificateProviderServerCredentials(provider, provider, false);
}
