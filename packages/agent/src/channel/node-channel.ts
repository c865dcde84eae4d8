import type { Clock, Logger } from '@berth/component-base';
import { keepaliveOptions, nodeService, serverName } from '@berth/component-base/node-protocol';

import type { ControlPlane } from '../control-plane.ts';
import { createControlPlaneOver } from './control-plane-over.ts';

export interface NodeCredentials {
  /** The cluster's CA, this node's certificate and its key, PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface NodeChannelOptions {
  /** `host:port` of the control plane's node server. */
  readonly endpoint: string;
  readonly credentials: NodeCredentials;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A lost connection is made anew within this time. */
const reconnect = {
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2000,
} as const;

/** The control plane over one outbound gRPC connection with mutual TLS, made when it is first needed. */
export const createNodeChannel = (options: NodeChannelOptions): ControlPlane =>
  createControlPlaneOver({
    ...options,
    async connect() {
      const { createGrpcClient } = await import('@berth/component-base/grpc');
      return createGrpcClient({
        address: options.endpoint,
        service: await nodeService(),
        tls: { ...options.credentials, serverName },
        channelOptions: { ...keepaliveOptions, ...reconnect },
      });
    },
  });
