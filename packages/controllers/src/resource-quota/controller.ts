import {
  isDeepEqual,
  isNotFound,
  keyOf,
  parseKey,
  resourceQuotas,
  resourceTypes,
} from '@berth/api';
import type { KubeObject, Pod, ResourceQuota, ResourceType } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { sleep } from '@berth/component-base';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { discoverDeletable } from '../discover.ts';
import { limitedTypes, planQuotaStatus, unknownKinds } from './plan.ts';

/** What no event tells is found by looking at everything once in a while. */
const resyncMs = 5 * 60_000;
/** What has been taken from a quota is an object this much later. */
const settleMs = 250;
/** How soon it is counted again after a kind may have lost objects of which nobody was told. */
const unfollowedMs = 1_000;

/** Counts what the quotas limit: at first, when they change, when something goes, and every five minutes. */
export function createResourceQuotaController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const quotaInformer = informers.informer(resourceQuotas);
  const known = new Map(resourceTypes.map((type) => [nameOf(type), type]));
  const followed = new Set<ResourceType>();

  quotaInformer.addHandler({
    added: (quota) => queue.add(keyOf(quota)),
    updated(_, quota) {
      if (!isDeepEqual(quota.spec.hard, quota.status?.hard)) queue.add(keyOf(quota));
    },
  });

  /** Kinds are followed from when the first quota limits them. */
  const follow = (type: ResourceType) => {
    if (followed.has(type)) return;
    followed.add(type);
    const wake = ({ metadata }: KubeObject) => {
      for (const quota of quotaInformer.lister.listNamespace(metadata.namespace ?? ''))
        if (limitedTypes(quota, [type]).length > 0) queue.add(keyOf(quota));
    };
    informers.informer(type).addHandler({
      deleted: wake,
      updated(before, after) {
        if (givesBack(before, after)) wake(after);
      },
    });
  };

  const typesOf = async (quota: ResourceQuota): Promise<readonly ResourceType[]> => {
    if (unknownKinds(quota, [...known.values()]).length > 0)
      for (const type of (await discoverDeletable(client)).types) {
        if (!known.has(nameOf(type))) known.set(nameOf(type), type);
      }
    return limitedTypes(quota, [...known.values()]);
  };

  const listOf = async (type: ResourceType, namespace: string) => {
    const { items } = await client.list(type, { namespace }).catch(noneIfUnserved);
    return { type, objects: items };
  };

  return createController({
    name: 'resource-quota',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key, signal) {
      const ref = parseKey(key);
      const quota = await client.get(resourceQuotas, ref).catch(undefinedIfGone);
      if (!quota || quota.metadata.deletionTimestamp) return undefined;
      const types = await typesOf(quota);
      types.forEach(follow);
      // What goes before a kind is known in full goes unnoticed.
      const isTold = types.every((type) => informers.informer(type).hasSynced());
      // Whoever takes from the quota from now on makes our write fail; what was taken before is counted below.
      await sleep(clock, settleMs, signal);
      const { namespace = '' } = ref;
      const counted = await Promise.all(types.map((type) => listOf(type, namespace)));
      const status = planQuotaStatus(quota, counted, clock.now());
      if (status) await client.updateStatus(resourceQuotas, { ...quota, status });
      return { requeueAfterMs: isTold ? resyncMs : unfollowedMs };
    },
  });
}

const nameOf = ({ group, resource }: ResourceType) => `${resource}.${group}`;

/** Whether a change may free something of a quota: a pod comes to its end, a service is of another type. */
function givesBack(before: KubeObject, after: KubeObject): boolean {
  const phase = (object: KubeObject) => (object as Partial<Pod>).status?.phase;
  const isOver = (object: KubeObject) => ['Succeeded', 'Failed'].includes(phase(object) ?? '');
  if (isOver(after)) return !isOver(before);
  return before.kind === 'Service' && !isDeepEqual(specOf(before), specOf(after));
}

const specOf = (object: KubeObject) => (object as { readonly spec?: unknown }).spec;

function noneIfUnserved(err: unknown): { readonly items: readonly KubeObject[] } {
  if (isNotFound(err)) return { items: [] };
  throw err;
}

function undefinedIfGone(err: unknown): undefined {
  if (isNotFound(err)) return undefined;
  throw err;
}
