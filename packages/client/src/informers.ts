import { setMaxListeners } from 'node:events';
import { keyOf } from '@berth/api';
import type { KubeObject, ResourceType } from '@berth/api';
import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Client } from './client.ts';
import type { Informer, InformerFactory, InformerHandler, InformerOptions } from './informer.ts';
import { reflect } from './reflector.ts';
import type { Sink } from './reflector.ts';
import { createStore } from './store.ts';

export interface InformerFactoryOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

interface Running {
  readonly informer: Informer<KubeObject>;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly whenSynced: Promise<void>;
}

/** After a watch that ended of its own accord, wait this long: a server that closes at once is not hammered. */
const cleanClosePauseMs = 50;
const failurePause = { initialMs: 200, maxMs: 10_000, jitter: 0.5 };

export function createInformerFactory(options: InformerFactoryOptions): InformerFactory {
  const known = new Map<string, Running>();
  const started: Promise<void>[] = [];
  let runSignal: AbortSignal | undefined;

  return {
    informer<T extends KubeObject>(type: ResourceType<T>, filter: InformerOptions = {}) {
      const id = JSON.stringify([type.group, type.version, type.resource, filter]);
      let running = known.get(id);
      if (!running) {
        running = createRunning(type, filter, options);
        known.set(id, running);
        if (runSignal) started.push(running.run(runSignal));
      }
      return running.informer as unknown as Informer<T>;
    },
    async run(signal) {
      runSignal = signal;
      // One listener and more per informer: many on one signal are no leak.
      setMaxListeners(0, signal);
      for (const { run } of known.values()) started.push(run(signal));
      await aborted(signal);
      await Promise.all(started);
    },
    async synced(signal) {
      await Promise.race([
        Promise.all([...known.values()].map(({ whenSynced }) => whenSynced)),
        aborted(signal),
      ]);
    },
  };
}

function createRunning<T extends KubeObject>(
  type: ResourceType<T>,
  filter: InformerOptions,
  { client, clock, random, logger }: InformerFactoryOptions,
) {
  const store = createStore<T>();
  const handlers = new Set<InformerHandler<T>>();
  const log = logger.with({ resource: type.resource });
  let version = '';
  let markSynced: () => void = () => undefined;
  const whenSynced = new Promise<void>((resolve) => (markSynced = resolve));

  const put = (object: T) => {
    const before = store.put(object);
    for (const handler of handlers) {
      if (before) handler.updated?.(before, object);
      else handler.added?.(object);
    }
  };
  const drop = (key: string, last?: T) => {
    const before = store.remove(key);
    if (before) for (const handler of handlers) handler.deleted?.(last ?? before);
  };

  const sink: Sink<T> = {
    replace(found, resourceVersion) {
      const items = found.map(withoutManagers);
      const present = new Set(items.map(keyOf));
      for (const key of [...store.keys()]) if (!present.has(key)) drop(key);
      for (const item of items) {
        const same =
          store.get(keyOf(item))?.metadata.resourceVersion === item.metadata.resourceVersion;
        if (!same) put(item);
      }
      version = resourceVersion;
      markSynced();
    },
    apply(change) {
      const object = withoutManagers(change.object);
      if (change.type === 'DELETED') drop(keyOf(object), object);
      else put(object);
    },
    progress(resourceVersion) {
      version = resourceVersion;
    },
  };

  const informer: Informer<T> = {
    lister: store,
    addHandler(handler) {
      handlers.add(handler);
      for (const object of store.list()) handler.added?.(object);
      return () => handlers.delete(handler);
    },
    addIndex: (name, fn) => store.addIndex(name, fn),
    hasSynced: () => version !== '',
    lastResourceVersion: () => version,
  };

  const run = (signal: AbortSignal) =>
    reflect<T>(
      {
        list: (listSignal) => client.list(type, { ...filter, resourceVersion: '0' }, listSignal),
        watch: (resourceVersion, watchSignal) =>
          client.watch(
            type,
            { ...filter, resourceVersion, allowWatchBookmarks: true },
            watchSignal,
          ),
      },
      sink,
      {
        async pause(err, failures, pauseSignal) {
          if (err) log.debug('Lost the watch', { err, failures });
          const ms = err ? backoff(failures - 1, failurePause, random) : cleanClosePauseMs;
          await sleep(clock, ms, pauseSignal);
        },
      },
      signal,
    );

  return { informer, run, whenSynced };
}

/**
 * Who manages which field is most of what many objects are made of, and nobody who follows them asks. A server takes an
 * update without it for one that leaves it as it is.
 */
function withoutManagers<T extends KubeObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields ? { ...object, metadata } : object;
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
