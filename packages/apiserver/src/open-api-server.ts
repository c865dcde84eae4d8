import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Clock, Logger } from '@berth/component-base';
import type { Storage } from '@berth/storage';
import { defaultAdmission } from './admission/index.ts';
import { createApiServer } from './api-server.ts';
import { openAudit } from './audit/open-audit.ts';
import type { ApiServer, ApiServerOptions } from './api-server.ts';
import { openStorage } from './open-storage.ts';
import type { ApiServerFlags } from './options.ts';
import { frontProxyName, openPki } from './pki-dir.ts';
import type { Pki } from './pki-dir.ts';
import { formatIp, parseIpRange } from './registry/core/ip-range.ts';
import { strategies } from './registry/index.ts';

export interface OpenOptions {
  readonly flags: ApiServerFlags;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly newUid: () => string;
  /** What a larger composition adds. */
  readonly with?: Pick<
    ApiServerOptions,
    'tokens' | 'upgrades' | 'nodeStreams' | 'placement' | 'hasLoops'
  >;
}

export interface OpenApiServer {
  readonly server: ApiServer;
  readonly storage: Storage;
  readonly pki: Pki;
  /** How others reach this machine, when that is known. */
  readonly address: string | undefined;
  /** The port it listens on. */
  readonly port: number;
  /** Everything that was opened, in reverse. */
  close(): Promise<void>;
}

/** A server as the flags describe it: store opened, keys made or read, serving. */
export async function openApiServer(options: OpenOptions): Promise<OpenApiServer> {
  const { flags, clock } = options;
  const serviceCidr = flags.serviceClusterIpRange;
  const advertiseAddress = flags.advertiseAddress ?? ownAddress();
  const [storage, audit, pki, { createMetrics }] = await Promise.all([
    openStorage(flags, options),
    openAudit(flags, options),
    openPki({
      dir: join(flags.dataDir, 'pki'),
      clock,
      serverNames: [
        ...flags.tlsSans,
        formatIp(parseIpRange(serviceCidr).first),
        ...(advertiseAddress ? [advertiseAddress] : []),
      ],
    }),
    import('@berth/component-base/metrics'),
  ]);
  const server = createApiServer({
    ...options,
    ...options.with,
    storage,
    ...(audit && { audit }),
    maxRequestsInflight: flags.maxRequestsInflight + flags.maxMutatingRequestsInflight,
    metrics: createMetrics({ process: true }),
    strategies,
    kubeletClient: pki.kubeletClient,
    frontProxy: {
      caPem: pki.frontProxyCa.certPem,
      client: pki.frontProxyClient,
      clientName: frontProxyName,
      clientCaPem: pki.ca.certPem,
    },
    admission: defaultAdmission({
      ...options,
      tolerationSeconds: {
        notReady: flags.defaultNotReadyTolerationSeconds,
        unreachable: flags.defaultUnreachableTolerationSeconds,
      },
    }),
    serviceAccounts: {
      keyPem: pki.serviceAccountKeyPem,
      issuer: flags.serviceAccountIssuer,
      ...(flags.apiAudiences.length > 0 && { audiences: flags.apiAudiences }),
    },
    serviceCidr,
  });
  const close = async () => {
    await server.close();
    await audit?.sink.close();
    await storage.close();
  };
  try {
    await server.start();
    const port = await server.listen({
      bindAddress: flags.bindAddress,
      port: flags.securePort,
      ...(advertiseAddress && { advertiseAddress }),
      tls: {
        certPem: pki.server.certPem,
        keyPem: pki.server.keyPem,
        clientCaPem: pki.ca.certPem,
      },
    });
    return { server, storage, pki, address: advertiseAddress, port, close };
  } catch (err) {
    await close();
    throw err;
  }
}

/** The first IPv4 address of this machine that others may reach. */
const ownAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .find(
      ({ family, internal, address }) => family === 'IPv4' && !internal && !isLinkLocal(address),
    )?.address;

const isLinkLocal = (address: string) => address.startsWith('169.254.');
