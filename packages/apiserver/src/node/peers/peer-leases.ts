import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Storage } from '@berth/storage';

export interface PeerLeasesOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this server among its peers. */
  readonly identity: string;
}

/** Where the API servers on one store find each other's node servers. */
export interface PeerLeases {
  /** Tells where this server is reached and goes on doing so until `signal` aborts; takes it back then. */
  run(address: string, port: number, signal: AbortSignal): Promise<void>;
  /** `host:port` of the other servers that were heard of lately. */
  others(): Promise<readonly string[]>;
}

/** Upstream's place and form for the same thing. */
const prefix = '/registry/peerserverleases/';
/** A server that has not been heard of for so long is gone. */
const leaseSeconds = 15;
const renewMs = 10_000;

interface PeerEndpoints {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly port: number }[];
  }[];
}

export function createPeerLeases(options: PeerLeasesOptions): PeerLeases {
  const { storage, clock, logger, identity } = options;
  const key = prefix + identity;

  const renew = async (value: Uint8Array) => {
    const { kv } = await storage.get(key);
    if (kv) await storage.update(key, value, kv.modRevision, leaseSeconds);
    else await storage.create(key, value, leaseSeconds);
  };
  const withdraw = async () => {
    const { kv } = await storage.get(key);
    if (kv) await storage.remove(key, kv.modRevision);
  };

  return {
    async run(address, port, signal) {
      const value = endpointsOf(address, port);
      const isOver = () => signal.aborted;
      while (!isOver()) {
        await renew(value).catch((err: unknown) =>
          logger.info('Failed to tell other API servers of this one', { err }),
        );
        await sleep(clock, renewMs, signal);
      }
      // What cannot be taken back runs out by itself.
      await withdraw().catch(() => undefined);
    },
    async others() {
      const { kvs } = await storage.list(prefix);
      return kvs.filter((kv) => kv.key !== key).flatMap(({ value }) => endpointOf(value));
    },
  };
}

const endpointsOf = (ip: string, port: number): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      kind: 'Endpoints',
      apiVersion: 'v1',
      subsets: [{ addresses: [{ ip }], ports: [{ name: 'nodes', port, protocol: 'TCP' }] }],
    }),
  );

function endpointOf(value: Uint8Array): readonly string[] {
  const { subsets = [] } = JSON.parse(Buffer.from(value).toString()) as PeerEndpoints;
  const ip = subsets[0]?.addresses?.[0]?.ip;
  const port = subsets[0]?.ports?.[0]?.port;
  if (ip === undefined || port === undefined) return [];
  return [`${ip.includes(':') ? `[${ip}]` : ip}:${port}`];
}
