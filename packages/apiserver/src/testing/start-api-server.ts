import { randomUUID } from 'node:crypto';
import { silentLogger, systemClock } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import type { KeyPair } from '@berth/component-base/pki';
import type { Storage } from '@berth/storage';
import { createTestStorage } from '@berth/storage/testing';
import type { Transport } from '@berth/api';
import { createApiServer } from '../api-server.ts';
import type { ApiServer, ApiServerOptions } from '../api-server.ts';
import { generateSigningKey } from '../authentication/signing-key.ts';
import { strategies } from '../registry/index.ts';
import { authenticated, masters } from '../users.ts';
import type { UserInfo } from '../request.ts';

export interface TestServerOptions extends Partial<ApiServerOptions> {
  /** Serve HTTPS on a port of the loopback as well. */
  readonly listen?: boolean;
}

export interface TestServer {
  readonly server: ApiServer;
  readonly storage: Storage;
  /** Calls in this process, as an administrator. */
  readonly transport: Transport;
  /** The same as somebody else. */
  as(user: UserInfo): Transport;
  /** `https://127.0.0.1:<port>`; empty unless it listens. */
  readonly url: string;
  /** PEM; empty unless it listens. */
  readonly ca: string;
  /** A certificate that the server believes; only when it listens. */
  issueClient(name: string, ...groups: readonly string[]): Promise<KeyPair>;
  close(): Promise<void>;
}

const admin: UserInfo = { name: 'kubernetes-admin', groups: [masters, authenticated] };

/** A whole API server in this process, on memory unless told otherwise, ready to be asked. */
export async function startApiServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { listen = false, ...rest } = options;
  const clock: Clock = options.clock ?? systemClock;
  const logger: Logger = options.logger ?? silentLogger;
  const storage = options.storage ?? createTestStorage({ clock });
  const server = createApiServer({
    clock,
    logger,
    random: Math.random,
    newUid: randomUUID,
    metrics: createMetrics(),
    strategies,
    serviceAccounts: {
      keyPem: generateSigningKey(),
      issuer: 'https://kubernetes.default.svc.cluster.local',
    },
    ...rest,
    storage,
  });
  await server.start();
  const served = listen ? await serve(server, clock.now()) : undefined;
  return {
    server,
    storage,
    transport: server.inProcessTransport(admin),
    as: (user) => server.inProcessTransport(user),
    url: served?.url ?? '',
    ca: served?.ca.certPem ?? '',
    async issueClient(commonName, ...organizations) {
      if (!served) throw new Error('start the server with listen: true');
      const { issueClient } = await import('@berth/component-base/pki');
      return issueClient(served.ca, { commonName, organizations }, served.validity);
    },
    async close() {
      await server.close();
      if (!options.storage) await storage.close();
    },
  };
}

async function serve(server: ApiServer, now: number) {
  const { createCa, issueServer } = await import('@berth/component-base/pki');
  const validity = { notBefore: now - 60_000, notAfter: now + 24 * 3600_000 };
  const ca = await createCa('test-ca', validity);
  const { certPem, keyPem } = await issueServer(
    ca,
    'kube-apiserver',
    ['localhost', '127.0.0.1', 'kubernetes.default.svc'],
    validity,
  );
  const port = await server.listen({
    bindAddress: '127.0.0.1',
    port: 0,
    // Nobody is there: Kubernetes does not take a loopback address for an endpoint.
    advertiseAddress: '192.0.2.1',
    tls: { certPem, keyPem, clientCaPem: ca.certPem },
  });
  return { url: `https://127.0.0.1:${port}`, ca, validity };
}
