import { randomUUID } from 'node:crypto';
import { createNodeChannel, joinCluster } from '@berth/agent';
import type { ControlPlane, NodeCredentials, StreamHandlers } from '@berth/agent';
import { namespaces, pods, secrets, serviceAccounts } from '@berth/api';
import type { Draft, Node, NodeStatus, Pod, PodSpec } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';
import { createNodeServer, createStreamBroker } from '@berth/apiserver';
import type { NodeServer } from '@berth/apiserver';
import { defaultAdmission, startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { createClient } from '@berth/client';
import type { Client } from '@berth/client';
import { silentLogger, systemClock } from '@berth/component-base';
import { createCa, issueServer } from '@berth/component-base/pki';
import type { KeyPair } from '@berth/component-base/pki';
import { eventually } from '../eventually.ts';

const clock = systemClock;
const random = Math.random;
const logger = silentLogger;

/** A bootstrap token that the cluster knows. */
export const token = 'abcdef.0123456789abcdef';

/** An API server on memory with a node server, and nodes that are nothing but their end of the channel. */
export interface NodeCluster {
  readonly api: TestServer;
  readonly admin: Client;
  readonly ca: KeyPair;
  /** `host:port` of the node server. */
  readonly endpoint: () => string;
  join(nodeName: string): Promise<NodeCredentials>;
  channel(nodeName: string, credentials: NodeCredentials): ControlPlane;
  /** A node that has joined, registered and has its levels. */
  startNode(nodeName: string, streams?: Partial<StreamHandlers>): Promise<ControlPlane>;
  createPod(name: string, spec?: Partial<PodSpec>): Promise<Pod>;
  /** Cuts all nodes off; the function that is given lets them in again at the same address. */
  cut(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Long enough for a test run. */
export const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 3600_000 };

export async function startNodeCluster(options: { readonly listen?: boolean } = {}) {
  const ca = await createCa('test-ca', validity);
  const server = await issueServer(ca, 'kube-apiserver', ['kubernetes'], validity);
  const streams = createStreamBroker({ clock, newId: randomUUID });
  const admission = defaultAdmission({ clock, random, newUid: randomUUID });
  const api = await startApiServer({ ...options, admission, nodeStreams: streams });
  const admin = createClient(api.transport, { userAgent: 'test' });
  await fill(admin);

  const stop = new AbortController();
  const running: Promise<void>[] = [];
  let nodeServer: NodeServer;
  let port = 0;
  const serve = async () => {
    const apiServer = api.server;
    nodeServer = createNodeServer({ apiServer, streams, ca, server, clock, random, logger });
    port = await nodeServer.listen('127.0.0.1', port);
  };
  await serve();

  const cluster: NodeCluster = {
    api,
    admin,
    ca,
    endpoint: () => `127.0.0.1:${port}`,
    async join(nodeName) {
      const trust = { ca: ca.certPem };
      const joined = await joinCluster({ endpoint: cluster.endpoint(), trust, token, nodeName });
      return { cert: joined.certificatePem, key: joined.keyPem, ca: joined.caPem };
    },
    channel: (nodeName, credentials) =>
      createNodeChannel({
        endpoint: cluster.endpoint(),
        credentials,
        nodeName,
        clock,
        random,
        logger,
      }),
    async startNode(nodeName, handlers = {}) {
      const node = cluster.channel(nodeName, await cluster.join(nodeName));
      await node.register(nodeDraft(nodeName));
      running.push(node.run({ ...noStreams, ...handlers }, stop.signal));
      await eventually(() => node.pods.hasSynced() && node.secrets.hasSynced());
      return node;
    },
    async createPod(name, spec = {}) {
      return admin.create(pods, unborn(makePod(name, spec)));
    },
    async cut() {
      await nodeServer.close();
      return serve;
    },
    async close() {
      stop.abort();
      await Promise.all(running);
      await nodeServer.close();
      await api.close();
    },
  };
  return cluster;
}

/** What a client would write: the builders give objects the identity that a server would. */
export const unborn = <T extends { readonly metadata: { readonly name: string } }>(object: T) => ({
  ...object,
  metadata: { name: object.metadata.name, namespace: 'default' },
});

export function nodeDraft(name: string, status: NodeStatus = {}): Draft<Node> {
  const { metadata: _, ...node } = makeNode(name, {}, { status });
  return { ...node, metadata: { name, labels: { 'kubernetes.io/hostname': name } } };
}

const noStreams: StreamHandlers = {
  async *logs() {
    yield new Uint8Array();
  },
  exec: async () => ({ exitCode: 0 }),
  attach: async () => undefined,
  portForward: async () => undefined,
};

async function fill(admin: Client): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-node-lease']) {
    await admin.create(namespaces, { metadata: { name }, spec: {} }).catch(() => undefined);
  }
  await admin.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } });
  await admin.create(secrets, {
    metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    data: base64({
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
    }),
  });
}

const base64 = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
