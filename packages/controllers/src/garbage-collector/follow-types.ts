import { apiVersionOf, customResourceDefinitions, resourceTypes } from '@berth/api';
import type { KubeObject, ResourceType } from '@berth/api';
import { createInformerFactory } from '@berth/client';
import type { InformerHandler } from '@berth/client';
import { backoff, sleep } from '@berth/component-base';
import type { ControllerContext } from '../controller.ts';
import { discoverDeletable } from '../discover.ts';

export interface TypesFollower {
  /** Hears of the objects of a type, from the first ones on. */
  readonly handlerOf: (type: ResourceType) => InformerHandler<KubeObject>;
  /** Types that are served from now on. */
  readonly learned: (types: readonly ResourceType[]) => void;
  /** A type that is not served any more; nothing more is heard of its objects. */
  readonly forgotten: (type: ResourceType) => void;
}

/** Upstream's resync period of the garbage collector: API servers behind this one announce nothing. */
const periodMs = 30_000;
/** For as long as an API server that is only just coming up cannot say what it serves. */
const startPause = { initialMs: 100, maxMs: 5_000, jitter: 0.5 };
/** A definition is served shortly after it was written. */
const afterChangeMs = 500;

const idOf = ({ group, version, resource }: ResourceType) => `${group}/${version}/${resource}`;
const builtIn = new Set(resourceTypes.map(idOf));

/** Events, as upstream: they own nothing, end by themselves, and are more than all other objects. */
const isIgnored = ({ group, resource }: ResourceType) => group === '' && resource === 'events';

/**
 * Follows the objects of every type that can be listed, watched and deleted, but events; of types that come and go as
 * well.
 */
export function followTypes(context: ControllerContext, follower: TypesFollower) {
  const { client, informers, clock, random, logger } = context;
  /** By type, what ends the following of one that may go. */
  const followed = new Map<string, { readonly type: ResourceType; readonly end?: () => void }>();
  const running = new Set<Promise<void>>();
  let hurry: () => void = () => undefined;

  const follow = (type: ResourceType, signal: AbortSignal) => {
    const handler = follower.handlerOf(type);
    if (builtIn.has(idOf(type))) {
      followed.set(idOf(type), { type });
      informers.informer(type).addHandler(handler);
      return;
    }
    const over = new AbortController();
    const own = createInformerFactory(context);
    own.informer(type).addHandler(handler);
    const run = own.run(AbortSignal.any([signal, over.signal])).finally(() => running.delete(run));
    running.add(run);
    followed.set(idOf(type), { type, end: () => over.abort() });
  };
  const refresh = async (signal: AbortSignal) => {
    const { types, failures } = await discoverDeletable(client);
    const served = new Set(types.map(idOf));
    for (const [id, { type, end }] of followed) {
      // A server that is away may still serve what it served.
      if (!end || served.has(id) || failures.has(apiVersionOf(type))) continue;
      end();
      followed.delete(id);
      follower.forgotten(type);
    }
    const fresh = types.filter((type) => !followed.has(idOf(type)) && !isIgnored(type));
    if (fresh.length === 0) return;
    for (const type of fresh) follow(type, signal);
    follower.learned(fresh);
  };

  return {
    /** Resolves when the types of now are followed, or `signal` aborts; asks until it is told. */
    async start(signal: AbortSignal): Promise<void> {
      for (let failures = 0; !signal.aborted; failures += 1)
        try {
          return await refresh(signal);
        } catch (err) {
          logger.info('Could not find out what is served', { err });
          await sleep(clock, backoff(failures, startPause, random), signal);
        }
    },
    /** Goes on until `signal` aborts. */
    async run(signal: AbortSignal): Promise<void> {
      const change = () => hurry();
      const ended = () => signal.aborted;
      informers
        .informer(customResourceDefinitions)
        .addHandler({ added: change, updated: change, deleted: change });
      while (!ended()) {
        const waiting = new AbortController();
        hurry = () => waiting.abort();
        await sleep(clock, periodMs, AbortSignal.any([signal, waiting.signal]));
        // Changes that come together are looked at together.
        await sleep(clock, afterChangeMs, signal);
        if (ended()) break;
        await refresh(signal).catch((err: unknown) =>
          logger.debug('Could not find out what is served', { err }),
        );
      }
      await Promise.all(running);
    },
  };
}
