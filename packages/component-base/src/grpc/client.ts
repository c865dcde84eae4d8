import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ChannelOptions, ClientDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import { fromServiceError, GrpcError } from './error.ts';
import { pump } from './pump.ts';

export interface ClientTls {
  /** The CA that signed the server's certificate, PEM. */
  readonly ca: string;
  /** The client's own certificate and key, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** The name to look for in the server's certificate when it is not the address. */
  readonly serverName?: string;
}

export interface GrpcClientOptions {
  /** `host:port` or `unix:///path`. */
  readonly address: string;
  readonly service: ServiceDefinition;
  /** Plaintext when absent. */
  readonly tls?: ClientTls;
  readonly channelOptions?: ChannelOptions;
}

export interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  /** When the call fails with DEADLINE_EXCEEDED; milliseconds since the epoch. */
  readonly deadline?: number;
}

/** Calls to one service over one connection. Methods are named as in the .proto; every failure is a `GrpcError`. */
export interface GrpcClient {
  unary<Response>(method: string, request: object, options?: CallOptions): Promise<Response>;
  serverStream<Response>(
    method: string,
    request: object,
    options?: CallOptions,
  ): AsyncIterable<Response>;
  /** Sends `requests` at the pace the peer reads them; leaving the loop over the answer cancels the call. */
  bidi<Response>(
    method: string,
    requests: AsyncIterable<object>,
    options?: CallOptions,
  ): AsyncIterable<Response>;
  /** Ends the connection and with it, as CANCELLED, all calls that are under way. */
  close(): void;
}

/** Connects when the first call is made, and again after the connection was lost. */
export function createGrpcClient(options: GrpcClientOptions): GrpcClient {
  const { address, service, tls, channelOptions = {} } = options;
  const client = new Client(address, tls ? secure(tls) : credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    ...(tls?.serverName && { 'grpc.ssl_target_name_override': tls.serverName }),
    ...channelOptions,
  });
  const underWay = new Set<{ cancel(): void }>();
  const definitionOf = (method: string) => {
    const found = service[method];
    if (!found) throw new Error(`no method ${method}`);
    return found;
  };

  return {
    unary: <Response>(method: string, request: object, options: CallOptions = {}) =>
      new Promise<Response>((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = definitionOf(method);
        if (options.signal?.aborted) return reject(cancelled());
        const call = client.makeUnaryRequest<object, Response>(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadataOf(options),
          deadlineOf(options),
          (err, value) => {
            options.signal?.removeEventListener('abort', cancel);
            underWay.delete(call);
            if (err) reject(asError(fromServiceError(err)));
            else resolve(value as Response);
          },
        );
        underWay.add(call);
        const cancel = () => call.cancel();
        options.signal?.addEventListener('abort', cancel, { once: true });
      }),

    async *serverStream<Response>(method: string, request: object, options: CallOptions = {}) {
      const { path, requestSerialize, responseDeserialize } = definitionOf(method);
      if (options.signal?.aborted) throw cancelled();
      const call = client.makeServerStreamRequest<object, Response>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadataOf(options),
        deadlineOf(options),
      );
      yield* readAll<Response>(call, underWay, options.signal);
    },

    async *bidi<Response>(
      method: string,
      requests: AsyncIterable<object>,
      options: CallOptions = {},
    ) {
      const { path, requestSerialize, responseDeserialize } = definitionOf(method);
      if (options.signal?.aborted) throw cancelled();
      const call: ClientDuplexStream<object, Response> = client.makeBidiStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        metadataOf(options),
        deadlineOf(options),
      );
      const sent = pump(requests, call).then(
        () => call.end(),
        (err: unknown) => call.destroy(asError(err)),
      );
      yield* readAll<Response>(call, underWay, options.signal);
      await sent;
    },

    close() {
      for (const call of underWay) call.cancel();
      client.close();
    },
  };
}

interface ReadableCall {
  cancel(): void;
  on(event: 'error', listener: () => void): unknown;
}

async function* readAll<Response>(
  call: ReadableCall & AsyncIterable<unknown>,
  underWay: Set<{ cancel(): void }>,
  signal: AbortSignal | undefined,
): AsyncIterable<Response> {
  const cancel = () => call.cancel();
  underWay.add(call);
  signal?.addEventListener('abort', cancel, { once: true });
  // A cancelled call reports itself after its reader has left; nobody else listens then.
  call.on('error', () => undefined);
  try {
    for await (const message of call) yield message as Response;
  } catch (err) {
    throw fromServiceError(err);
  } finally {
    signal?.removeEventListener('abort', cancel);
    underWay.delete(call);
    call.cancel();
  }
}

function secure({ ca, cert, key }: ClientTls) {
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}

function metadataOf({ metadata = {} }: CallOptions): Metadata {
  const result = new Metadata();
  for (const [key, value] of Object.entries(metadata)) result.set(key, value);
  return result;
}

const deadlineOf = ({ deadline }: CallOptions) => (deadline === undefined ? {} : { deadline });
const cancelled = () => new GrpcError('CANCELLED', 'cancelled before it was sent');
const asError = (err: unknown) => (err instanceof Error ? err : new Error(String(err)));
