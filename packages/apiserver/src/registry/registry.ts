import { services } from '@berth/api';
import type { KubeObject, ResourceType, Service } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import { createWatchCache, prefixOf } from '@berth/storage';
import type { Storage, WatchCache } from '@berth/storage';
import { createChain } from '../admission/admission.ts';
import type { Admission, AdmissionReads } from '../admission/admission.ts';

import { dispatch } from '../endpoints/dispatch.ts';
import type { Handler } from '../request.ts';
import { parseIpRange } from './core/ip-range.ts';
import { createNodePorts } from './core/node-ports.ts';
import { withAllocation } from './core/service-allocation.ts';
import { createServiceIps } from './core/service-ip.ts';
import { builtinSubresources } from '../subresources/builtin.ts';
import { createReads } from './reads.ts';
import { createResource } from './resource.ts';
import { collectionVerbs, servedBy } from './served.ts';
import type { Entry, ServedResource, SubresourceOptions } from './served.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';
import { fromStorage } from './store-errors.ts';
import type { Strategy } from './strategy.ts';

export interface RegistryOptions {
  readonly storage: Storage;
  readonly strategies: readonly Strategy[];
  readonly clock: Clock;
  readonly newUid: () => string;
  /** 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** The addresses of services, `10.96.0.0/12` unless said otherwise. The same for all servers on one store. */
  readonly serviceCidr?: string;
  /** The opinions on writes, in order; none when absent. */
  readonly admission?: (reads: AdmissionReads) => readonly Admission[];
}

/** Everything that is served and stored, by one road for all resources. */
export interface Registry {
  /** Answers every request for a resource; throws `StatusError`. */
  readonly handler: Handler;
  /** What discovery tells. */
  resources(): readonly ServedResource[];
  addSubresource(type: ResourceType, name: string, options: SubresourceOptions): void;
  /** The objects of a resource, for parts of the server. Throws when the resource is not served. */
  store<T extends KubeObject>(type: ResourceType<T>): Store<T>;
  readonly reads: AdmissionReads;
  /** Ends the caches; the storage is left open. */
  close(): Promise<void>;
}

type Named = Pick<ResourceType, 'group' | 'version' | 'resource'>;

const idOf = ({ group, version, resource }: Named) => `${group}/${version}/${resource}`;

export function createRegistry(options: RegistryOptions): Registry {
  const { storage, clock, logger } = options;
  const entries = new Map<string, Entry>();
  const caches = new Map<string, WatchCache>();
  /** Views of the same stored objects share them. */
  const cacheOf = (prefix: string): WatchCache => {
    const cache = caches.get(prefix) ?? createWatchCache({ storage, prefix, clock, logger });
    caches.set(prefix, cache);
    return cache;
  };
  const entryOf = (type: Named): Entry => {
    const entry = entries.get(idOf(type));
    if (!entry) throw new Error(`no strategy serves ${idOf(type)}`);
    return entry;
  };
  const reads = createReads((type) => entryOf(type).resource);
  const admission = createChain(options.admission?.(reads) ?? []);
  for (const strategy of options.strategies.map(allocating(options))) {
    const storage = cacheOf(prefixOf(strategy.storedAs?.type ?? strategy.type));
    const resource = createResource(strategy, { ...options, storage, admission });
    const subresources = new Map(builtinSubresources(resource));
    entries.set(idOf(strategy.type), { resource, verbs: collectionVerbs, subresources });
  }

  return {
    async handler(context) {
      try {
        return await dispatch(entries.get(idOf(context.info)), context);
      } catch (err) {
        throw fromStorage(err);
      }
    },
    resources: () => [...entries.values()].flatMap(servedBy),
    addSubresource(type, name, subresource) {
      entryOf(type).subresources.set(name, subresource);
    },
    store: (type) => createStore(entryOf(type).resource, type),
    reads,
    async close() {
      await Promise.all([...caches.values()].map((cache) => cache.close()));
    },
  };
}

const defaultServiceCidr = '10.96.0.0/12';
const nodePortRange = { first: 30000, last: 32767 };

/** Gives services their addresses; every other strategy is left as it is. */
const allocating =
  (options: RegistryOptions) =>
  (strategy: Strategy): Strategy => {
    if (idOf(strategy.type) !== idOf(services)) return strategy;
    const { serviceCidr = defaultServiceCidr } = options;
    const ips = createServiceIps({ ...options, range: parseIpRange(serviceCidr) });
    const ports = createNodePorts({ ...options, range: nodePortRange });
    const allocated = withAllocation(strategy as unknown as Strategy<Service>, { ips, ports });
    return allocated as unknown as Strategy;
  };
