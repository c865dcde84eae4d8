import { Buffer } from 'node:buffer';
import { apiServices, apiVersionOf, isConditionTrue, services, setCondition } from '@berth/api';
import type { APIService, APIServiceCondition, ApiResponse } from '@berth/api';
import { formatTime, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { follow } from '../follow.ts';
import { slicesOf } from '../proxy/service-endpoints.ts';
import type { Dial, Target } from '../proxy/target.ts';
import type { Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import type { RequestContext, RequestInfo } from '../request.ts';
import type { Upgrade } from '../server.ts';
import { askServer } from './ask-server.ts';
import { checkService, failedDiscovery, passed } from './check-service.ts';
import type { Finding } from './check-service.ts';
import { locateServer } from './locate-server.ts';
import type { LocateServerOptions } from './locate-server.ts';
import { passOn, unavailable } from './pass-on.ts';
import { nameOf, planLocal } from './plan-local.ts';
import type { GroupVersion } from './plan-local.ts';
import { builtInPriority, customPriority } from './priorities.ts';
import type { Priority } from './priorities.ts';
import { readResourceList } from './remote-discovery.ts';

export interface AggregatorOptions {
  readonly registry: Pick<Registry, 'store' | 'reads'>;
  /** The versions that this server answers itself, asked again from time to time. */
  readonly local: () => readonly GroupVersion[];
  readonly client: LocateServerOptions['client'];
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A version that another server answers, with what discovery tells of it. */
export interface RemoteVersion extends GroupVersion {
  readonly rows: readonly ServedResource[];
  /** False when the rows may be out of date. */
  readonly current: boolean;
}

/** Answers a request in place of this server. */
type Answerer = (context: RequestContext, upgrade?: Upgrade) => Promise<ApiResponse | undefined>;

/** Makes this server and others behind it look like one. */
export interface Aggregator {
  /** Whoever else answers the request; undefined when this server does. */
  answererFor(info: RequestInfo): Answerer | undefined;
  remoteVersions(): readonly RemoteVersion[];
  priorityOf(groupVersion: GroupVersion): Priority;
  /** Reads a document of the server that answers for a version. */
  document(groupVersion: GroupVersion, path: string, signal: AbortSignal): Promise<unknown>;
  /** Resolves when the APIServices are known; looks after them until `signal` aborts. */
  start(signal: AbortSignal): Promise<void>;
}

/** What was last seen of a server behind an APIService. */
interface Seen {
  readonly rows: readonly ServedResource[];
  readonly failures: number;
  readonly nextMs: number;
}

const roundMs = 1000;
/** A server that answered is asked again after this time, and one that did not at the latest. */
const recheckMs = 30_000;
const discovery = { timeoutMs: 5000, maxBytes: 4 * 1024 * 1024 };
const documents = { timeoutMs: 10_000, maxBytes: 32 * 1024 * 1024 };

export function createAggregator(options: AggregatorOptions): Aggregator {
  const { registry, clock, random, logger, dial } = options;
  const { reads } = registry;
  const known = new Map<string, APIService>();
  const seen = new Map<string, Seen>();
  let wake: () => void = () => undefined;
  let localKey = '';

  const remote = (groupVersion: GroupVersion) => {
    const found = known.get(nameOf(groupVersion));
    return found?.spec.service ? found : undefined;
  };
  const targetOf = ({ spec }: APIService, tls = tlsOf(spec)): Promise<Target> =>
    locateServer(spec.service ?? {}, tls, { reads, random, client: options.client });

  const answer =
    (service: APIService): Answerer =>
    async (context, upgrade) => {
      if (!isConditionTrue(service.status?.conditions, 'Available')) return unavailable();
      try {
        return await passOn(context, await targetOf(service), dial, upgrade);
      } catch (err) {
        return unavailable(err instanceof Error ? err.message : undefined);
      }
    };

  async function look(service: APIService, signal: AbortSignal): Promise<void> {
    const { metadata, spec } = service;
    const { name: service_ = '', namespace = '' } = spec.service ?? {};
    const before = seen.get(metadata.name) ?? { rows: [], failures: 0, nextMs: 0 };
    const missing = checkService(
      spec.service ?? {},
      await reads.get(services, { namespace, name: service_ }),
      await slicesOf(reads, namespace, service_),
    );
    if (missing) {
      seen.set(metadata.name, { rows: before.rows, failures: 0, nextMs: 0 });
      return tell(service, missing);
    }
    if (clock.monotonic() < before.nextMs) return;
    try {
      const list = await askAny(service, signal);
      const rows = readResourceList(list, groupVersionOf(service));
      const nextMs = clock.monotonic() + recheckMs;
      seen.set(metadata.name, { rows, failures: 0, nextMs });
      await tell(service, passed);
    } catch (err) {
      const failures = before.failures + 1;
      const nextMs = clock.monotonic() + Math.min(roundMs * 2 ** (failures - 1), recheckMs);
      seen.set(metadata.name, { rows: before.rows, failures, nextMs });
      await tell(service, failedDiscovery(err instanceof Error ? err.message : String(err)));
    }
  }

  /** Certificates are checked when requests are passed on; here it only matters whether anybody answers. */
  async function askAny(service: APIService, signal: AbortSignal): Promise<unknown> {
    const target = await targetOf(service, { insecure: true });
    return askServer(target, rootOf(service), { dial, clock, ...discovery }, signal);
  }

  async function tell({ metadata, status }: APIService, finding: Finding): Promise<void> {
    const { name } = metadata;
    const condition = { type: 'Available', ...finding };
    const now = formatTime(clock.now());
    const changed = (conditions: readonly APIServiceCondition[] | undefined) =>
      setCondition<APIServiceCondition>(conditions, condition, now);
    if (changed(status?.conditions) === status?.conditions) return;
    await registry.store(apiServices).guaranteedUpdateStatus({ name }, (current) => {
      const conditions = changed(current.status?.conditions);
      return conditions === current.status?.conditions
        ? current
        : { ...current, status: { ...current.status, conditions } };
    });
  }

  async function lookAfterLocal(): Promise<void> {
    const served = distinct(options.local());
    const key = served.map(nameOf).join('\n');
    if (key === localKey) return;
    const store = registry.store(apiServices);
    const { create, remove } = planLocal(served, [...known.values()]);
    await Promise.all([
      ...create.map((draft) => store.create(draft).catch(ignoreRace)),
      ...remove.map((name) => store.remove({ name }).catch(ignoreRace)),
    ]);
    localKey = key;
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const woken = new AbortController();
      wake = () => woken.abort();
      try {
        await lookAfterLocal();
        const remotes = [...known.values()].filter(({ spec }) => spec.service);
        await Promise.all(remotes.map((service) => look(service, signal)));
      } catch (err) {
        if (!isAborted(signal)) logger.info('Failed to look after APIServices', { err });
      }
      signal.addEventListener('abort', wake, { once: true });
      if (!isAborted(signal)) await sleep(clock, roundMs, woken.signal);
      signal.removeEventListener('abort', wake);
    }
  }

  const put = (service: APIService) => {
    const { name } = service.metadata;
    const before = known.get(name);
    known.set(name, service);
    if (before && sameServer(before, service)) return;
    seen.delete(name);
    wake();
  };

  return {
    answererFor(info) {
      if (known.size === 0) return undefined;
      const service = remote(groupVersionIn(info));
      return service && answer(service);
    },
    remoteVersions: () =>
      [...known.values()]
        .filter(({ spec }) => spec.service)
        .map((service) => ({
          ...groupVersionOf(service),
          rows: seen.get(service.metadata.name)?.rows ?? [],
          current: isConditionTrue(service.status?.conditions, 'Available'),
        })),
    priorityOf(groupVersion) {
      const spec = known.get(nameOf(groupVersion))?.spec;
      return spec
        ? { group: spec.groupPriorityMinimum, version: spec.versionPriority }
        : (builtInPriority(apiVersionOf(groupVersion)) ?? customPriority);
    },
    async document(groupVersion, path, signal) {
      const service = remote(groupVersion);
      if (!service) throw new Error(`no server answers for ${nameOf(groupVersion)}`);
      return askServer(await targetOf(service), path, { dial, clock, ...documents }, signal);
    },
    start: (signal) =>
      new Promise((resolve) => {
        const sink = {
          replace(items: readonly APIService[]) {
            known.clear();
            for (const item of items) put(item);
          },
          put,
          remove({ metadata }: APIService) {
            known.delete(metadata.name);
            seen.delete(metadata.name);
          },
        };
        let running: Promise<void> | undefined;
        const onSynced = () => {
          running ??= run(signal);
          resolve();
        };
        const followed = { clock, random, logger, onSynced };
        void follow(registry.store(apiServices), sink, followed, signal).then(resolve);
      }),
  };
}

const isAborted = (signal: AbortSignal) => signal.aborted;

/** Another server did it first, or it is gone already. */
const ignoreRace = () => undefined;

const groupVersionOf = ({ spec: { group = '', version = '' } }: APIService): GroupVersion => ({
  group,
  version,
});

const rootOf = ({ spec: { group = '', version = '' } }: APIService) =>
  group ? `/apis/${group}/${version}` : `/api/${version}`;

const sameServer = (a: APIService, b: APIService) =>
  a.metadata.uid === b.metadata.uid && JSON.stringify(a.spec) === JSON.stringify(b.spec);

const tlsOf = ({ caBundle, insecureSkipTLSVerify: insecure = false }: APIService['spec']) => ({
  insecure,
  ...(caBundle && { ca: Buffer.from(caBundle, 'base64').toString() }),
});

/** The version that a path lies under, also where it is none of a resource. */
function groupVersionIn({ isResource, group, version, path }: RequestInfo): GroupVersion {
  if (isResource) return { group, version };
  const [root, ...rest] = path.split('/').filter(Boolean);
  if (root === 'api') return { group: '', version: rest[0] ?? '' };
  return root === 'apis'
    ? { group: rest[0] ?? '', version: rest[1] ?? '' }
    : { group: '', version: '' };
}

const distinct = (all: readonly GroupVersion[]): readonly GroupVersion[] => [
  ...new Map(all.map(({ group, version }) => [`${group}/${version}`, { group, version }])).values(),
];
