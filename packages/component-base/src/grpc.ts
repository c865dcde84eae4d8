export { GrpcError, isGrpcError } from './grpc/error.ts';
export type { GrpcCode } from './grpc/error.ts';
export { loadProto, serviceDefinition } from './grpc/proto.ts';
export type { Root, ServiceDefinition } from './grpc/proto.ts';
export { createGrpcClient } from './grpc/client.ts';
export type { CallOptions, ClientTls, GrpcClient, GrpcClientOptions } from './grpc/client.ts';
export { bidi, createGrpcServer, serverStream, unary } from './grpc/server.ts';
export type {
  CallContext,
  GrpcServer,
  GrpcServerOptions,
  MethodHandler,
  ServerTls,
} from './grpc/server.ts';
