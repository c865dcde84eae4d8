import { jobs, keyOf, toSelector } from '@berth/api';
import type { Job } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { createFreshest } from '../freshest.ts';
import { selectedBy } from '../owned.ts';
import { createOwnedPods } from '../owned-pods.ts';
import { same } from '../same.ts';
import { noBackoff } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import { draftJobPod } from './draft-pod.ts';
import { trackingFinalizer } from './job-pods.ts';
import { finishedCondition, planJob, planJobStatus } from './plan.ts';
import type { JobPlan, Observed, StatusPlan } from './plan.ts';
import { removeTracking } from './remove-tracking.ts';

const ownName = 'kubernetes.io/job-controller';

/** Runs the pods of Jobs to their ends, counts those, and says when a job is over. */
export function createJobController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('job-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(jobs);
  const freshest = createFreshest<Job>();
  const backoffs = new Map<string, Backoff>();
  const owned = createOwnedPods<Job>({
    context,
    type: jobs,
    informer,
    queue,
    recorder,
    fits: (job, pod) => selectedBy(toSelector(job.spec.selector))(pod),
    finalizer: trackingFinalizer,
  });
  informer.addHandler({
    added: (job) => queue.add(keyOf(job)),
    updated: (_, job) => queue.add(keyOf(job)),
    deleted(job) {
      freshest.forget(keyOf(job));
      backoffs.delete(keyOf(job));
    },
  });

  const apply = async (job: Job, { changes: { create, remove } }: JobPlan) => {
    const drafts = create.map((pod) => draftJobPod(job, pod));
    const made = drafts.length > 0 ? await owned.create(job, drafts) : { done: 0 };
    const gone = remove.length > 0 ? await owned.remove(job, remove) : { done: 0 };
    return { created: made.done, removed: gone.done, failure: made.failure ?? gone.failure };
  };

  const write = async (job: Job, { status }: StatusPlan): Promise<Job> => {
    if (same(status, job.status)) return job;
    const written = await client.updateStatus(jobs, { ...job, status });
    freshest.wrote(written);
    return written;
  };

  const tell = (job: Job, { told }: StatusPlan) => {
    for (const { type, status, reason = '', message = '' } of told) {
      if (type === 'Suspended') {
        recorder.event(job, 'Normal', status === 'True' ? 'Suspended' : 'Resumed', message);
      }
      if (type === 'Complete') recorder.event(job, 'Normal', 'Completed', 'Job completed');
      if (type === 'Failed') recorder.event(job, 'Warning', reason, message);
    }
  };

  return createController({
    name: 'job',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const copy = informer.lister.get(key);
      const job = copy && freshest.of(copy);
      if (!job || finishedCondition(job)) return undefined;
      if ((job.spec.managedBy ?? ownName) !== ownName) return undefined;
      // What was made or deleted last will wake this key once the copy shows it.
      if (!owned.isSettled(key)) return { requeueAfterMs: 1000 };
      const observed: Observed = {
        job,
        pods: await owned.claim(job),
        backoff: backoffs.get(key) ?? noBackoff,
        now: clock.now(),
      };
      const plan = planJob(observed);
      const { failure, ...done } = await apply(job, plan);
      const next = planJobStatus(observed, plan, done);
      const written = await write(job, next);
      // The ends are in the status now, and need not be remembered as pods.
      backoffs.set(key, plan.backoff);
      tell(written, next);
      await Promise.all(
        next.release.map((pod) => removeTracking(client, pod).catch(unlessNotFound)),
      );
      if (failure) throw failure.cause;
      const waits = [plan.lookAfterMs, plan.changes.retryAfterMs].filter((ms) => ms !== undefined);
      return { requeueAfterMs: waits.length > 0 ? Math.min(...waits) : undefined };
    },
  });
}
