import { setMaxListeners } from 'node:events';
import { pods, services } from '@berth/api';
import type { KubeObject, ResourceType, Service } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import { createWatchCache, prefixOf } from '@berth/storage';
import type { Storage, WatchCache } from '@berth/storage';
import { createChain } from '../admission/admission.ts';
import type {
  AdmissionChain,
  AdmissionReads,
  Equivalent,
  MakeAdmission,
} from '../admission/admission.ts';
import { answerSubresource, dispatch } from '../endpoints/dispatch.ts';
import type { Handler } from '../request.ts';
import { binding, bindings } from '../subresources/binding.ts';
import { builtinSubresources } from '../subresources/builtin.ts';
import { completeAs, viewAs } from './complete.ts';
import { parseIpRange } from './core/ip-range.ts';
import { createNodePorts } from './core/node-ports.ts';
import { withAllocation } from './core/service-allocation.ts';
import { createServiceIps } from './core/service-ip.ts';
import { repairAllocations } from './core/service-repair.ts';
import { createReads } from './reads.ts';
import { createResource } from './resource.ts';
import { servedBy, verbsOf } from './served.ts';
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
  readonly admission?: MakeAdmission;
}

/** Everything that is served and stored, by one road for all resources. */
export interface Registry {
  /** Answers every request for a resource; throws `StatusError`. */
  readonly handler: Handler;
  /** What discovery tells. */
  resources(): readonly ServedResource[];
  /** Whether a resource is served for as long as the server runs. */
  isBuiltIn(named: Pick<Named, 'group' | 'resource'>): boolean;
  /** Whether such a resource is served at this moment. */
  serves(named: Named): boolean;
  /** Serves further resources; one that is served already gets its new strategy with the next request. */
  install(strategies: readonly Strategy[]): void;
  /** Serves these no longer. What was stored of them is left alone; their watches end. */
  uninstall(types: readonly ResourceType[]): Promise<void>;
  addSubresource(type: ResourceType, name: string, options: SubresourceOptions): void;
  /** The objects of a resource, for parts of the server. Throws when the resource is not served. */
  store<T extends KubeObject>(type: ResourceType<T>): Store<T>;
  readonly reads: AdmissionReads;
  /** For doors that are not the registry's own, such as `serviceaccounts/token`. */
  readonly admission: AdmissionChain;
  /** Ends the caches; the storage is left open. */
  close(): Promise<void>;
}

type Named = Pick<ResourceType, 'group' | 'version' | 'resource'>;

const idOf = ({ group, version, resource }: Named) => `${group}/${version}/${resource}`;

export function createRegistry(options: RegistryOptions): Registry {
  const entries = new Map<string, Entry>();
  const entryOf = (type: Named): Entry => {
    const entry = entries.get(idOf(type));
    if (!entry) throw new Error(`no strategy serves ${idOf(type)}`);
    return entry;
  };
  const reads = createReads((type) => entryOf(type).resource, {
    serves: (type) => entries.has(idOf(type)),
    equivalents: (type) => equivalentsOf(entries, type),
  });
  const admission = createChain(
    options.admission?.(reads, {
      updateStatus: (type, ref, change) =>
        createStore(entryOf(type).resource, type).guaranteedUpdateStatus(ref, change),
    }) ?? [],
  );
  const caches = createCaches(options);
  const closing = new AbortController();
  const install = (strategies: readonly Strategy[]) => {
    for (const strategy of strategies) {
      const storage = caches.of(strategy.storedAs?.type ?? strategy.type);
      const lifetime = new AbortController();
      // Every watch listens to it.
      setMaxListeners(0, lifetime.signal);
      const resource = createResource(strategy, {
        ...options,
        storage,
        admission,
        lifetime: lifetime.signal,
      });
      const subresources = new Map(
        builtinSubresources(resource, (type) => entries.get(idOf(type))?.resource),
      );
      const id = idOf(strategy.type);
      entries.get(id)?.retire();
      entries.set(id, {
        resource,
        verbs: verbsOf(strategy),
        subresources,
        retire: () => lifetime.abort(),
      });
    }
  };
  install(withAddresses(options, reads, closing.signal));
  const builtIn = new Set(
    [...entries.values()].map(({ resource: { type } }) => `${type.resource}.${type.group}`),
  );
  /** Collections that only take, and store elsewhere. */
  const served = entries.get(idOf(pods));
  const virtual = served ? [{ type: bindings, ...binding(served.resource) }] : [];
  const virtualOf = (named: Named) => virtual.find(({ type }) => idOf(type) === idOf(named));

  return {
    async handler(context) {
      try {
        const { info } = context;
        const collection = info.name === '' ? virtualOf(info) : undefined;
        if (collection) return await answerSubresource(collection, context);
        return await dispatch(entries.get(idOf(info)), context);
      } catch (err) {
        throw fromStorage(err);
      }
    },
    resources: () => [
      ...virtual.map(({ handler: _handler, ...row }) => ({ subresource: '', ...row })),
      ...[...entries.values()].flatMap(servedBy),
    ],
    isBuiltIn: ({ group, resource }) => builtIn.has(`${resource}.${group}`),
    serves: (named) => entries.has(idOf(named)) || virtualOf(named) !== undefined,
    install,
    async uninstall(types) {
      for (const type of types) {
        entries.get(idOf(type))?.retire();
        entries.delete(idOf(type));
      }
      const prefixes = new Set([...entries.values()].map(({ resource }) => resource.prefixOf('')));
      await Promise.all(
        types.filter((type) => !prefixes.has(prefixOf(type))).map((type) => caches.close(type)),
      );
    },
    addSubresource(type, name, subresource) {
      entryOf(type).subresources.set(name, subresource);
    },
    store: (type) => createStore(entryOf(type).resource, type),
    reads,
    admission,
    async close() {
      closing.abort();
      await caches.closeAll();
    },
  };
}

/** The views of what is stored as `type` is. */
function equivalentsOf(
  entries: ReadonlyMap<string, Entry>,
  type: ResourceType,
): readonly Equivalent[] {
  const own = entries.get(idOf(type))?.resource.strategy;
  if (!own) return [];
  const stored = prefixOf(own.storedAs?.type ?? type);
  return [...entries.values()]
    .map(({ resource }) => resource.strategy)
    .filter((other) => other !== own && prefixOf(other.storedAs?.type ?? other.type) === stored)
    .map((other) => ({
      type: other.type,
      to: (object) => viewAs(own, other, object),
      back: (object) => viewAs(other, own, object),
      complete: (value) => completeAs(other, value),
    }));
}

/** One cache for each stored resource, shared by its views. */
function createCaches({ storage, clock, logger }: RegistryOptions) {
  const caches = new Map<string, WatchCache>();
  return {
    of(type: Named): WatchCache {
      const prefix = prefixOf(type);
      const cache = caches.get(prefix) ?? createWatchCache({ storage, prefix, clock, logger });
      caches.set(prefix, cache);
      return cache;
    },
    async close(type: Named) {
      const prefix = prefixOf(type);
      const cache = caches.get(prefix);
      caches.delete(prefix);
      await cache?.close();
    },
    async closeAll() {
      await Promise.all([...caches.values()].map((cache) => cache.close()));
    },
  };
}

const defaultServiceCidr = '10.96.0.0/12';
const nodePortRange = { first: 30000, last: 32767 };

/** The strategies, with services given their addresses and ports. */
function withAddresses(
  options: RegistryOptions,
  reads: AdmissionReads,
  signal: AbortSignal,
): readonly Strategy[] {
  const { serviceCidr = defaultServiceCidr, strategies } = options;
  if (!strategies.some(({ type }) => idOf(type) === idOf(services))) return strategies;
  const allocators = {
    ips: createServiceIps({ ...options, range: parseIpRange(serviceCidr) }),
    ports: createNodePorts({ ...options, range: nodePortRange }),
  };
  void repairAllocations({ ...options, allocators, services: () => reads.list(services) }, signal);
  return strategies.map((strategy) =>
    idOf(strategy.type) === idOf(services)
      ? (withAllocation(
          strategy as unknown as Strategy<Service>,
          allocators,
        ) as unknown as Strategy)
      : strategy,
  );
}
