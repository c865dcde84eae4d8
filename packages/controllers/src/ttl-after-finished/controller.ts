import { jobs, keyOf } from '@berth/api';
import type { Job } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { expiresAt } from './plan.ts';

/** Deletes Jobs, and what they own, some time after they are over, if they ask for it. */
export function createTtlAfterFinishedController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(jobs);
  const wake = (job: Job) => {
    if (expiresAt(job) !== undefined) queue.add(keyOf(job));
  };
  informer.addHandler({ added: wake, updated: (_, job) => wake(job) });

  return createController({
    name: 'ttl-after-finished',
    queue,
    workers: 2,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const copy = informer.lister.get(key);
      const at = copy && expiresAt(copy);
      if (!copy || at === undefined) return undefined;
      const now = clock.now();
      if (at > now) return { requeueAfterMs: at - now };
      // Somebody may have given it more time meanwhile: what is deleted is exactly what was looked at.
      const live = await client.get(jobs, copy.metadata).catch(unlessNotFound);
      if (!live || (expiresAt(live) ?? Infinity) > now) return undefined;
      const { uid, resourceVersion } = live.metadata;
      await client
        .remove(jobs, live.metadata, {
          propagationPolicy: 'Foreground',
          preconditions: { uid, resourceVersion },
        })
        .catch(unlessNotFound);
      return undefined;
    },
  });
}
