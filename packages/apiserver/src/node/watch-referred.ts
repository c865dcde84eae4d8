import { configMaps, dnsSubdomain, pathOf, secrets } from '@berth/api';
import type { ObjectRef } from '@berth/api';
import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { WatchEvent } from '@berth/component-base/node-protocol';
import { referencesOf } from '../authorization/pod-references.ts';
import type { PodsByNode } from '../authorization/pods-by-node.ts';
import type { ApiCalls } from './api-calls.ts';
import { synced, watchLevel } from './watch-level.ts';

const types = { configmaps: configMaps, secrets } as const;
export type ReferredResource = keyof typeof types;

export interface WatchReferredOptions {
  readonly calls: ApiCalls;
  readonly podsByNode: PodsByNode;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

interface Following {
  readonly abort: AbortController;
  /** What the node was last told of it. */
  told: WatchEvent | undefined;
  /** Whether its first state is known. */
  known: boolean;
}

/**
 * The ConfigMaps or Secrets that the pods of a node refer to, each watched by its name, which is all that a node may
 * do. What is no longer referred to is told as gone.
 */
export async function* watchReferred(
  resource: ReferredResource,
  nodeName: string,
  options: WatchReferredOptions,
  signal: AbortSignal,
): AsyncIterable<WatchEvent> {
  const { podsByNode } = options;
  const following = new Map<string, Following>();
  /** What the reader is behind by: the newest event per object, however slow it is. */
  const pending = new Map<string, WatchEvent>();
  let wake = (): void => undefined;

  const tell = (key: string, event: WatchEvent) => {
    pending.delete(key);
    pending.set(key, event);
    wake();
  };

  const start = (key: string, ref: Required<ObjectRef>) => {
    const one: Following = { abort: new AbortController(), told: undefined, known: false };
    following.set(key, one);
    void followOne(options, resource, ref, one.abort.signal, {
      put(event) {
        one.told = event;
        tell(key, event);
      },
      remove() {
        if (one.told) tell(key, { ...one.told, type: 'DELETE' });
        one.told = undefined;
      },
      synced() {
        one.known = true;
        wake();
      },
    });
  };
  const stop = (key: string, { abort, told }: Following) => {
    abort.abort();
    following.delete(key);
    if (told) tell(key, { ...told, type: 'DELETE' });
  };
  const adjust = () => {
    const wanted = referredBy(podsByNode, nodeName, resource);
    for (const [key, one] of following) if (!wanted.has(key)) stop(key, one);
    for (const [key, ref] of wanted) if (!following.has(key)) start(key, ref);
    wake();
  };

  const stopListening = podsByNode.onChange(nodeName, adjust);
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    adjust();
    let told = false;
    while (!signal.aborted) {
      const [first] = pending;
      if (first) {
        pending.delete(first[0]);
        yield first[1];
      } else if (!told && [...following.values()].every(({ known }) => known)) {
        told = true;
        yield synced;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', onAbort);
    for (const { abort } of following.values()) abort.abort();
  }
}

function referredBy(
  { podsOn }: PodsByNode,
  nodeName: string,
  resource: ReferredResource,
): ReadonlyMap<string, Required<ObjectRef>> {
  const refs = podsOn(nodeName).flatMap((pod) => {
    const { namespace = '' } = pod.metadata;
    return [...referencesOf(pod, resource)].filter(canExist).map((name) => ({ namespace, name }));
  });
  return new Map(refs.map((ref) => [`${ref.namespace}/${ref.name}`, ref]));
}

/** Nothing can have a name that is none, and a selector may not be made of it. */
const canExist = (name: string) => dnsSubdomain(name).length === 0;

interface Listener {
  put(event: WatchEvent): void;
  remove(): void;
  synced(): void;
}

const pause = { initialMs: 50, maxMs: 5000, jitter: 0.5 };

/** Follows one object until `signal` aborts; begins again when its watch ends. */
async function followOne(
  { calls, clock, random, logger }: WatchReferredOptions,
  resource: ReferredResource,
  { namespace, name }: Required<ObjectRef>,
  signal: AbortSignal,
  listener: Listener,
): Promise<void> {
  const selector = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  const path = `${pathOf(types[resource], { namespace })}?${selector.toString()}`;
  const aborted = () => signal.aborted;
  for (let failures = 0; !aborted(); failures++) {
    let there: WatchEvent | undefined;
    try {
      for await (const event of watchLevel(calls, path, signal)) {
        if (aborted()) return;
        failures = 0;
        there = event.type === 'PUT' ? event : event.type === 'DELETE' ? undefined : there;
        if (event.type === 'PUT') listener.put(event);
        else if (!there) listener.remove();
        if (event.type === 'SYNCED') listener.synced();
      }
    } catch (err) {
      if (aborted()) return;
      logger.debug('Lost the watch of an object', {
        err,
        resource,
        object: `${namespace}/${name}`,
      });
    }
    await sleep(clock, backoff(failures, pause, random), signal);
  }
}
