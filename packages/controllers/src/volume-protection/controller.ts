import {
  isConflict,
  isNotFound,
  keyOf,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
} from '@berth/api';
import type {
  KubeObject,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ResourceType,
} from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import {
  claimProtection,
  claimsOf,
  isBound,
  planRelease,
  usesClaim,
  volumeProtection,
} from './plan.ts';

interface Protected<T extends KubeObject> {
  readonly name: string;
  readonly type: ResourceType<T>;
  readonly finalizer: string;
  readonly isUsed: (object: T) => boolean | Promise<boolean>;
}

/** Lets claims go that are being deleted, when no pod uses them any longer. */
export function createClaimProtection(context: ControllerContext): Controller {
  const { client, informers } = context;
  const { controller, wake } = createProtection<PersistentVolumeClaim>(context, {
    name: 'pvc-protection',
    type: persistentVolumeClaims,
    finalizer: claimProtection,
    // What informers have not seen yet could be the pod that needs the claim.
    isUsed: async (claim) => {
      const { namespace = '' } = claim.metadata;
      const { items } = await client.list(pods, { namespace });
      return items.some((pod) => usesClaim(pod, claim));
    },
  });
  const wakeClaims = (pod: Pod) => {
    for (const name of claimsOf(pod)) wake(`${pod.metadata.namespace ?? ''}/${name}`);
  };
  informers
    .informer(pods)
    .addHandler({ updated: (_, pod) => wakeClaims(pod), deleted: wakeClaims });
  return controller;
}

/** Lets volumes go that are being deleted, when no claim has them any longer. */
export const createVolumeProtection = (context: ControllerContext): Controller =>
  createProtection<PersistentVolume>(context, {
    name: 'pv-protection',
    type: persistentVolumes,
    finalizer: volumeProtection,
    isUsed: isBound,
  }).controller;

function createProtection<T extends KubeObject>(
  { client, informers, clock, random, logger }: ControllerContext,
  { name, type, finalizer, isUsed }: Protected<T>,
) {
  const queue = createWorkqueue<string>({ clock, random });
  const { lister, addHandler } = informers.informer(type);
  const wake = (key: string) => {
    if (lister.get(key)?.metadata.deletionTimestamp) queue.add(key);
  };
  const look = (object: T) => {
    if (object.metadata.deletionTimestamp) queue.add(keyOf(object));
  };
  addHandler({ added: look, updated: (_, object) => look(object) });

  const controller = createController({
    name,
    queue,
    workers: 2,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const object = lister.get(key);
      // Asking who uses it costs a list, so the rest is looked at first.
      if (!object || !planRelease(object, finalizer, false)) return undefined;
      const finalizers = planRelease(object, finalizer, await isUsed(object));
      if (!finalizers) return undefined;
      const released = { ...object, metadata: { ...object.metadata, finalizers } };
      await client.update(type, released).catch((err: unknown) => {
        // Whatever changed it will bring its key back.
        if (!isNotFound(err) && !isConflict(err)) throw err;
      });
      return undefined;
    },
  });
  return { controller, wake };
}
