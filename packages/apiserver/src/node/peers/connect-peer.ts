import { keepaliveOptions, peerService, serverName } from '@berth/component-base/node-protocol';
import type { NodeCalls } from '@berth/component-base/node-protocol';
import type { Pki } from '../../pki-dir.ts';

/** Calls to the API server whose node server is at `host:port`, as an API server of the same cluster. */
export async function connectPeer(
  endpoint: string,
  { ca, kubeletClient }: Pick<Pki, 'ca' | 'kubeletClient'>,
): Promise<NodeCalls> {
  const { createGrpcClient } = await import('@berth/component-base/grpc');
  return createGrpcClient({
    address: endpoint,
    service: await peerService(),
    tls: {
      ca: ca.certPem,
      cert: kubeletClient.certPem,
      key: kubeletClient.keyPem,
      serverName,
    },
    channelOptions: keepaliveOptions,
  });
}
