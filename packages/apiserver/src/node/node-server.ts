import { forbidden, nodes, StatusError, unauthorized } from '@berth/api';
import type { ApiRequest } from '@berth/api';
import type { CallContext, GrpcServer } from '@berth/component-base/grpc';
import { keepaliveOptions, nodeService, peerService } from '@berth/component-base/node-protocol';
import type {
  EventReport,
  Frame,
  HealthReport,
  JoinRequest,
  PeerFrame,
  PodStatusReport,
  ReachRequest,
  RegisterRequest,
  RemovePodRequest,
  TokenRequest,
  UsageReport,
  WatchRequest,
} from '@berth/component-base/node-protocol';
import type { KeyPair } from '@berth/component-base/pki';
import type { ApiServer } from '../api-server.ts';
import { Lifetime } from '../lifetime.ts';
import { grpcCodeOf } from './grpc-status.ts';
import { createNodeDirectory } from './identity.ts';
import { join } from './join.ts';
import { nodeSession } from './node-service.ts';
import type { NodeServiceOptions, NodeSession } from './node-service.ts';
import { carryForPeer, mustBePeer } from './peers/peer-service.ts';

export interface NodeServerOptions extends NodeServiceOptions {
  readonly apiServer: NodeServiceOptions['apiServer'] & Pick<ApiServer, 'handle'>;
  /** Signs the certificates of nodes that join, and vouches for those that call. */
  readonly ca: KeyPair;
  /** What nodes see; signed by `ca`. */
  readonly server: KeyPair;
}

/** Where nodes dial in: gRPC with mutual TLS. */
export interface NodeServer {
  /** Resolves to the port, which is chosen when 0 is asked for. */
  listen(address: string, port: number): Promise<number>;
  /** Cuts all nodes off; they go on by themselves and come back. */
  close(): Promise<void>;
}

export function createNodeServer(options: NodeServerOptions): NodeServer {
  let server: GrpcServer | undefined;
  return {
    async listen(address, port) {
      server = await createServer(options);
      const host = address.includes(':') ? `[${address}]` : address;
      const bound = await server.listen(`${host}:${port}`);
      options.logger.info('Node server was listening', { address, port: bound });
      return bound;
    },
    async close() {
      await server?.close();
    },
  };
}

async function createServer(options: NodeServerOptions): Promise<GrpcServer> {
  const { apiServer, ca, server, clock, logger } = options;
  // Loaded when needed: servers without nodes do without gRPC.
  const { bidi, createGrpcServer, GrpcError, serverStream, unary } =
    await import('@berth/component-base/grpc');
  const asGrpcError = (err: unknown) =>
    err instanceof StatusError ? new GrpcError(grpcCodeOf(err), err.message, { cause: err }) : err;

  const asHolder = (token: string) => (request: ApiRequest) =>
    apiServer.handle({
      request: { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } },
      peer: { kind: 'connection' },
      lifetime: new Lifetime(),
    });
  const joining = { asHolder, ca, now: () => clock.now() };
  const nodeOf = createNodeDirectory();
  const session = (context: CallContext) => nodeSession(callerOf(context, nodeOf), options);

  const asked = <Request, Response extends object>(
    answer: (node: NodeSession, request: Request) => Promise<Response>,
  ) => translated((request: Request, context) => answer(session(context), request));
  const translated = <Request, Response extends object>(
    answer: (request: Request, context: CallContext) => Promise<Response>,
  ) =>
    unary(async (request: Request, context) => {
      try {
        return await answer(request, context);
      } catch (err) {
        throw asGrpcError(err);
      }
    });
  async function* streamed<T>(open: () => AsyncIterable<T>): AsyncIterable<T> {
    try {
      yield* open();
    } catch (err) {
      throw asGrpcError(err);
    }
  }
  const done = async (work: Promise<void>) => {
    await work;
    return {};
  };

  return createGrpcServer({
    services: [
      {
        definition: await nodeService(),
        handlers: {
          Join: translated((request: JoinRequest) => join(joining, request)),
          Register: asked((node, request: RegisterRequest) => node.register(request)),
          ReportHealth: asked((node, report: HealthReport) => node.reportHealth(report)),
          ReportPodStatus: asked((node, report: PodStatusReport) => node.reportPodStatus(report)),
          RemovePod: asked((node, request: RemovePodRequest) => done(node.removePod(request))),
          ReportUsage: asked((node, report: UsageReport) => done(node.reportUsage(report))),
          IssueToken: asked((node, request: TokenRequest) => node.issueToken(request)),
          RecordEvent: asked((node, report: EventReport) => done(node.recordEvent(report))),
          Watch: serverStream(({ resource }: WatchRequest, context) =>
            streamed(() => session(context).watch(resource, context.signal)),
          ),
          AwaitStreams: serverStream((_request: object, context) =>
            streamed(() => session(context).awaitStreams(context.signal)),
          ),
          Stream: bidi((frames: AsyncIterable<Frame>, context) =>
            streamed(() => session(context).stream(frames)),
          ),
        },
      },
      {
        definition: await peerService(),
        handlers: {
          Reach: translated(async ({ nodeName }: ReachRequest, { peerCertificate }) => {
            mustBePeer(peerCertificate);
            return { connected: options.streams.isConnected(nodeName) };
          }),
          Open: bidi((frames: AsyncIterable<PeerFrame>, { peerCertificate, signal }) =>
            streamed(() => {
              mustBePeer(peerCertificate);
              return carryForPeer(options.streams, frames, signal);
            }),
          ),
        },
      },
    ],
    // Whoever joins with nothing but the hash of our CA finds the CA itself behind our certificate.
    tls: { cert: `${server.certPem}${ca.certPem}`, key: server.keyPem, clientCa: ca.certPem },
    channelOptions: {
      ...keepaliveOptions,
      'grpc.max_receive_message_length': maxMessageBytes,
    },
    onError: (err) => logger.error('Failed to answer a node', { err }),
  });
}

/** The largest object that the API takes, and room for what is said about it. */
const maxMessageBytes = 4 * 1024 * 1024;

/** The node that calls. Every call but Join has to say so with a certificate. */
function callerOf(
  { peerCertificate }: CallContext,
  nodeOf: (der: Uint8Array) => string | undefined,
): string {
  if (!peerCertificate) {
    throw unauthorized('a client certificate of a node is needed');
  }
  const nodeName = nodeOf(peerCertificate);
  if (nodeName === undefined) {
    throw forbidden(nodes, '', 'the client certificate is not that of a node');
  }
  return nodeName;
}
