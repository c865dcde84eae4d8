import { certificateSigningRequests, isConflict, isNotFound, keyOf } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { planCleanup } from './plan.ts';

/** Timers are not good for more than some weeks, and a certificate may be good for years. */
const longestWaitMs = 24 * 3_600_000;

/** Takes away requests that were decided an hour ago, wait for a day, or whose certificate has run out. */
export function createCertificateCleaner(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(certificateSigningRequests);
  informer.addHandler({
    added: (csr) => queue.add(keyOf(csr)),
    updated: (_, csr) => queue.add(keyOf(csr)),
  });

  return createController({
    name: 'certificatesigningrequest-cleaner',
    queue,
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const csr = informer.lister.get(key);
      if (!csr) return undefined;
      const leftMs = planCleanup(csr, clock.now());
      if (leftMs > 0) return { requeueAfterMs: Math.min(leftMs, longestWaitMs) };
      const { name, uid, resourceVersion } = csr.metadata;
      const preconditions = { uid, resourceVersion };
      await client
        .remove(certificateSigningRequests, { name }, { preconditions })
        .catch((err: unknown) => {
          if (!isNotFound(err) && !isConflict(err)) throw err;
        });
      return undefined;
    },
  });
}
