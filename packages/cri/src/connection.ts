import type { Clock } from '@berth/component-base';
import { createGrpcClient } from '@berth/component-base/grpc';
import type { ServiceDefinition } from '@berth/component-base/grpc';
import { toCriError } from './error.ts';

interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
}

/** One service of a runtime; every failure is a `CriError`. */
export interface Connection {
  readonly call: <Response>(
    method: string,
    request: object,
    limits: CallLimits,
  ) => Promise<Response>;
  stream<Response>(method: string, request: object, limits: CallLimits): AsyncIterable<Response>;
  close(): void;
}

/**
 * No keepalive: Go servers take pings on a quiet connection for abuse, and a unix socket notices a dead peer by
 * itself. A runtime that restarts is back within a second, so waits between attempts stay short.
 */
const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.min_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1000,
};

export function createConnection(
  endpoint: string,
  service: ServiceDefinition,
  clock: Clock,
): Connection {
  const client = createGrpcClient({ address: endpoint, service, channelOptions });
  const optionsOf = ({ signal, deadlineMs }: CallLimits) => ({
    ...(signal && { signal }),
    ...(deadlineMs !== undefined && { deadline: clock.now() + deadlineMs }),
  });
  return {
    call: async (method, request, limits) => {
      try {
        return await client.unary(method, request, optionsOf(limits));
      } catch (err) {
        throw toCriError(err);
      }
    },
    async *stream<Response>(method: string, request: object, limits: CallLimits) {
      try {
        yield* client.serverStream<Response>(method, request, optionsOf(limits));
      } catch (err) {
        throw toCriError(err);
      }
    },
    close: () => client.close(),
  };
}
