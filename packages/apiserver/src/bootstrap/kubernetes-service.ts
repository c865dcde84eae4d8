import { endpoints, endpointSlices, isDeepEqual, services } from '@berth/api';
import type { Draft, EndpointSlice, Endpoints, KubeObject, Service } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Storage } from '@berth/storage';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../registry/store.ts';
import { ensure } from './bootstrap.ts';

export interface KubernetesServiceOptions {
  readonly registry: Pick<Registry, 'store'>;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The first address of the service range. */
  readonly clusterIp: string;
  /** Where this server can be reached from pods; absent when it cannot. */
  readonly address: string | undefined;
  readonly port: number;
}

export interface KubernetesService {
  /** Makes the Service and tells that this server is behind it. */
  publish(): Promise<void>;
  /** Renews what `publish` told until `signal` aborts, and drops servers that no longer do. */
  run(signal: AbortSignal): Promise<void>;
  /** Tells that this server is going. */
  withdraw(): Promise<void>;
}

const ref = { namespace: 'default', name: 'kubernetes' };
const leasePrefix = '/registry/masterleases/';
/** A server that has not been heard of for so long is taken out. */
const leaseSeconds = 15;
const renewMs = 10_000;

/** `default/kubernetes`: the Service by which pods reach the API, with every living server behind it. */
export function createKubernetesService(options: KubernetesServiceOptions): KubernetesService {
  const { registry, storage, clock, logger, clusterIp, address, port } = options;

  async function renew(): Promise<void> {
    if (address === undefined) return;
    const key = leasePrefix + address;
    const value = Buffer.from(
      JSON.stringify({ kind: 'Endpoints', apiVersion: 'v1', subsets: subsetsOf([address], port) }),
    );
    const { kv } = await storage.get(key);
    if (kv) await storage.update(key, value, kv.modRevision, leaseSeconds);
    else await storage.create(key, value, leaseSeconds);
  }

  async function reconcile(): Promise<void> {
    const { kvs } = await storage.list(leasePrefix);
    const addresses = kvs.map((kv) => kv.key.slice(leasePrefix.length)).sort();
    await Promise.all([
      put(registry.store(endpoints), endpointsOf(addresses, port), toldByEndpoints),
      put(registry.store(endpointSlices), sliceOf(addresses, port), toldBySlice),
    ]);
  }

  return {
    async publish() {
      await renew();
      await ensure(registry.store(services), serviceOf(clusterIp, port));
      await reconcile();
    },
    async run(signal) {
      for (;;) {
        await sleep(clock, renewMs, signal);
        if (signal.aborted) return;
        try {
          await renew();
          await reconcile();
        } catch (err) {
          logger.info('Failed to renew the endpoints of default/kubernetes', { err });
        }
      }
    },
    async withdraw() {
      if (address === undefined) return;
      const { kv } = await storage.get(leasePrefix + address);
      if (kv) await storage.remove(kv.key, kv.modRevision);
      await reconcile();
    },
  };
}

/** Creates or updates an object whose content is this server's to say. */
async function put<T extends KubeObject>(
  store: Store<T>,
  draft: Draft<T>,
  told: (object: Draft<T>) => unknown,
): Promise<void> {
  const current = await store.find(ref);
  if (!current) return ensure(store, draft);
  if (isDeepEqual(told(current), told(draft))) return;
  const { metadata: _metadata, ...content } = draft;
  await store.guaranteedUpdate(ref, (latest) => ({ ...latest, ...content }));
}

const toldByEndpoints = ({ subsets = [] }: Draft<Endpoints>) =>
  subsets.map(({ addresses = [], ports = [] }) => [
    addresses.map(({ ip }) => ip),
    ports.map(({ port }) => port),
  ]);
const toldBySlice = ({ endpoints, ports = [] }: Draft<EndpointSlice>) => [
  (endpoints ?? []).map(({ addresses }) => addresses),
  ports.map(({ port }) => port),
];

const serviceOf = (clusterIp: string, port: number): Draft<Service> => ({
  metadata: { ...ref, labels: { component: 'apiserver', provider: 'kubernetes' } },
  spec: {
    type: 'ClusterIP',
    clusterIP: clusterIp,
    clusterIPs: [clusterIp],
    ipFamilies: [familyOf(clusterIp)],
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
  },
});

const familyOf = (address: string) => (address.includes(':') ? 'IPv6' : 'IPv4');

const subsetsOf = (addresses: readonly string[], port: number) =>
  addresses.length === 0
    ? []
    : [
        {
          addresses: addresses.map((ip) => ({ ip })),
          ports: [{ name: 'https', port, protocol: 'TCP' }],
        },
      ];

const endpointsOf = (addresses: readonly string[], port: number): Draft<Endpoints> => ({
  metadata: { ...ref, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  subsets: subsetsOf(addresses, port),
});

const sliceOf = (addresses: readonly string[], port: number): Draft<EndpointSlice> => ({
  metadata: { ...ref, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  addressType: familyOf(addresses[0] ?? ''),
  endpoints: addresses.map((address) => ({
    addresses: [address],
    conditions: { ready: true },
  })),
  ports: [{ name: 'https', port, protocol: 'TCP' }],
});
