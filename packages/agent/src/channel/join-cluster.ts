import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { DetailedPeerCertificate } from 'node:tls';
import type { JoinResponse } from '@berth/component-base/node-protocol';
import { nodeService, serverName } from '@berth/component-base/node-protocol';

export interface JoinOptions {
  /** `host:port` of the control plane's node server. */
  readonly endpoint: string;
  /** How the cluster's CA is known: its certificate (PEM), or `sha256:<hex>` of its public key, as kubeadm prints it. */
  readonly trust: { readonly ca: string } | { readonly caHash: string };
  /** A bootstrap token, `[a-z0-9]{6}.[a-z0-9]{16}`. */
  readonly token: string;
  readonly nodeName: string;
  readonly signal?: AbortSignal;
}

export interface Joined {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

/** Gets this node a certificate. The token is sent only to a server that the cluster's CA vouches for. */
export async function joinCluster(options: JoinOptions): Promise<Joined> {
  const { endpoint, trust, token, nodeName, signal } = options;
  const ca = 'ca' in trust ? trust.ca : await fetchCa(endpoint, trust.caHash, signal);
  const [{ createGrpcClient }, { createRequest }] = await Promise.all([
    import('@berth/component-base/grpc'),
    import('@berth/component-base/pki'),
  ]);
  const { keyPem, request } = await createRequest({
    commonName: `system:node:${nodeName}`,
    organizations: ['system:nodes'],
  });
  const client = createGrpcClient({
    address: endpoint,
    service: await nodeService(),
    tls: { ca, serverName },
  });
  try {
    const { certificatePem } = await client.unary<JoinResponse>(
      'Join',
      { token, nodeName, certificateRequest: request },
      { signal },
    );
    return { certificatePem, keyPem, caPem: ca };
  } finally {
    client.close();
  }
}

/** `sha256:<hex>` over a CA's public key. */
export function caHashOf(certificate: string | Uint8Array): string {
  const { publicKey } = new X509Certificate(certificate);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}

/** The CA behind a server's certificate that has this hash. Nothing is sent to the server. */
async function fetchCa(endpoint: string, caHash: string, signal?: AbortSignal): Promise<string> {
  for (const certificate of await chainOf(endpoint, signal)) {
    if (caHashOf(certificate) === caHash.toLowerCase()) {
      return new X509Certificate(certificate).toString();
    }
  }
  throw new Error(
    `the control plane at ${endpoint} shows no CA with the hash ${caHash}: it is another cluster, or somebody listens in`,
  );
}

function chainOf(endpoint: string, signal?: AbortSignal): Promise<readonly Uint8Array[]> {
  const { hostname, port } = new URL(`tls://${endpoint}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port),
      servername: serverName,
      // The hash decides; this connection is only looked at.
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    const abort = () => socket.destroy(new Error('joining was called off'));
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal?.removeEventListener('abort', abort));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(certificatesOf(socket.getPeerCertificate(true)));
      socket.destroy();
    });
  });
}

function certificatesOf(
  one: DetailedPeerCertificate | undefined,
  found: readonly DetailedPeerCertificate[] = [],
): readonly Uint8Array[] {
  // A root is its own issuer.
  const isKnown = found.some(({ fingerprint256 }) => fingerprint256 === one?.fingerprint256);
  return one && !isKnown
    ? certificatesOf(one.issuerCertificate, [...found, one])
    : found.map(({ raw }) => raw);
}
