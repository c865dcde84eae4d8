import type { Transport } from '@berth/api';
import { createClient, createHttpsTransport, loadKubeconfig } from '@berth/client';
import type { Client, Connection } from '@berth/client';
import type { Host } from './host.ts';
import { readKubeconfig } from './kubeconfig-files.ts';
import { resourcesOf } from './resources.ts';
import type { DiscoveryDocument, Resource } from './resources.ts';

/** Where to go and as whom; the same flags for every verb. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly as?: string;
  readonly insecureSkipTlsVerify?: boolean;
}

/** A cluster as one command sees it. */
export interface Cluster {
  /** For what is no plain request: WebSockets. */
  readonly connection: Connection;
  readonly transport: Transport;
  readonly client: Client;
  /** Of `-n`, else of the context. */
  readonly namespace: string;
  /** Whether `-n` said so. */
  readonly isNamespaceGiven: boolean;
  /** Asked of the server once. */
  resources(): Promise<readonly Resource[]>;
  close(): void;
}

export const fieldManager = 'berth';
const userAgent = 'berth';
const discoveryAccept =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** Reads the kubeconfig; nothing is sent before it is asked for. `warn` hears what servers warn of, once each. */
export function openCluster(
  host: Host,
  flags: ConnectionFlags,
  warn: (text: string) => void,
): Cluster {
  const { connection, namespace } = chooseConnection(host, flags);
  const https = createHttpsTransport(connection);
  const transport = withWarnings(withIdentity(https.transport, flags), warn);
  const client = createClient(transport, { userAgent });
  let found: Promise<readonly Resource[]> | undefined;
  return {
    connection,
    transport,
    client,
    namespace: flags.namespace ?? namespace,
    isNamespaceGiven: flags.namespace !== undefined,
    resources: () => (found ??= discover(transport)),
    close: https.close,
  };
}

function chooseConnection(host: Host, flags: ConnectionFlags) {
  const text = readKubeconfig(host, flags.kubeconfig);
  const loaded = loadKubeconfig(text, { context: flags.context, readFile: host.readFile });
  return {
    namespace: loaded.namespace,
    connection: {
      ...loaded.connection,
      ...(flags.server !== undefined && { server: flags.server }),
      ...(flags.token !== undefined && { token: flags.token }),
      ...(flags.insecureSkipTlsVerify && { insecureSkipTlsVerify: true, ca: undefined }),
    },
  };
}

async function discover(transport: Transport): Promise<readonly Resource[]> {
  const client = createClient(withAccept(transport, discoveryAccept), { userAgent });
  const [core, named] = await Promise.all([
    client.getPath<DiscoveryDocument>('/api'),
    client.getPath<DiscoveryDocument>('/apis'),
  ]);
  return resourcesOf([core, named]);
}

/** Asks for another form of every answer. */
const withAccept =
  (transport: Transport, accept: string): Transport =>
  (request, signal) =>
    transport({ ...request, headers: { ...request.headers, accept } }, signal);

/** A client whose reads come as rows to print. */
export const tableClient = ({ transport }: Cluster): Client =>
  createClient(withAccept(transport, tableAccept), { userAgent });

const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const withIdentity =
  (transport: Transport, { as }: ConnectionFlags): Transport =>
  (request, signal) =>
    transport(
      as === undefined
        ? request
        : { ...request, headers: { ...request.headers, 'impersonate-user': as } },
      signal,
    );

function withWarnings(transport: Transport, warn: (text: string) => void): Transport {
  const told = new Set<string>();
  return async (request, signal) => {
    const response = await transport(request, signal);
    for (const text of parseWarnings(response.headers['warning'] ?? '')) {
      if (!told.has(text)) warn(text);
      told.add(text);
    }
    return response;
  };
}

/** The texts of a Warning header: `299 - "text", 299 - "other"`. */
const parseWarnings = (header: string): readonly string[] =>
  [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
