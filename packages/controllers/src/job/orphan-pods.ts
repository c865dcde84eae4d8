import { jobs, keyOf, pods } from '@berth/api';
import type { Pod } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { byController, controllerIndex, controllerOf } from '../owned.ts';
import { isTracked } from './job-pods.ts';
import { finishedCondition } from './plan.ts';
import { removeTracking } from './remove-tracking.ts';

/** Lets go of pods that carry the finalizer of jobs and that no job will ever count: theirs is gone, or over. */
export function createJobOrphanController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const jobInformer = informers.informer(jobs);
  const podInformer = informers.informer(pods);
  podInformer.addIndex(byController, controllerIndex);

  const ownerOf = ({ metadata }: Pod) => {
    const owner = controllerOf(metadata);
    return owner?.kind === jobs.kind ? owner : undefined;
  };
  const isOrphan = (pod: Pod): boolean => {
    if (!isTracked(pod)) return false;
    const owner = ownerOf(pod);
    if (!owner) return true;
    const job = jobInformer.lister.get(`${pod.metadata.namespace}/${owner.name}`);
    return job?.metadata.uid !== owner.uid || finishedCondition(job) !== undefined;
  };
  const wake = (pod: Pod) => {
    if (isOrphan(pod)) queue.add(keyOf(pod));
  };
  podInformer.addHandler({ added: wake, updated: (_, pod) => wake(pod) });
  jobInformer.addHandler({
    updated: (_, { metadata }) =>
      podInformer.lister.byIndex(byController, metadata.uid).forEach(wake),
    deleted: ({ metadata }) => podInformer.lister.byIndex(byController, metadata.uid).forEach(wake),
  });

  return createController({
    name: 'job-orphans',
    queue,
    workers: 2,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const pod = podInformer.lister.get(key);
      if (!pod || !isOrphan(pod)) return undefined;
      const owner = ownerOf(pod);
      if (owner) {
        // The copy of the jobs may be behind that of the pods.
        const ref = { namespace: pod.metadata.namespace!, name: owner.name };
        const live = await client.get(jobs, ref).catch(unlessNotFound);
        if (live?.metadata.uid === owner.uid && !finishedCondition(live)) return undefined;
      }
      await removeTracking(client, pod).catch(unlessNotFound);
      return undefined;
    },
  });
}
