import { cronJobs, isAlreadyExists, jobs, keyOf } from '@berth/api';
import type { CronJob, CronJobStatus, Job } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { isNamespaceTerminating, messageOf, unlessNotFound } from '../failures.ts';
import { createFreshest } from '../freshest.ts';
import { byController, controllerIndex, controllerOf } from '../owned.ts';
import { same } from '../same.ts';
import { planCronJob, referenceTo } from './plan.ts';
import type { CronJobPlan } from './plan.ts';

/** Makes Jobs at the times that CronJobs name, and cleans up after them. */
export function createCronJobController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('cronjob-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(cronJobs);
  const jobInformer = informers.informer(jobs);
  jobInformer.addIndex(byController, controllerIndex);
  const freshest = createFreshest<CronJob>();

  informer.addHandler({
    added: (cronJob) => queue.add(keyOf(cronJob)),
    updated: (_, cronJob) => queue.add(keyOf(cronJob)),
    deleted: (cronJob) => freshest.forget(keyOf(cronJob)),
  });
  const wakeOwner = ({ metadata }: Job) => {
    const owner = controllerOf(metadata);
    if (owner?.kind === cronJobs.kind) queue.add(`${metadata.namespace}/${owner.name}`);
  };
  jobInformer.addHandler({
    added: wakeOwner,
    updated: (_, job) => wakeOwner(job),
    deleted: wakeOwner,
  });

  /** The copy may not show yet what the status names already. */
  const jobsOf = async ({ metadata, status }: CronJob): Promise<readonly Job[]> => {
    const known = jobInformer.lister.byIndex(byController, metadata.uid);
    const unseen = (status?.active ?? []).filter(
      ({ uid }) => !known.some((job) => job.metadata.uid === uid),
    );
    const looked = await Promise.all(
      unseen.map(({ name = '' }) =>
        client.get(jobs, { namespace: metadata.namespace!, name }).catch(unlessNotFound),
      ),
    );
    const found = looked.filter(
      (job): job is Job => job !== undefined && controllerOf(job.metadata)?.uid === metadata.uid,
    );
    return [...known, ...found];
  };

  const write = async (cronJob: CronJob, status: CronJobStatus): Promise<CronJob> => {
    if (same(status, cronJob.status)) return cronJob;
    const written = await client.updateStatus(cronJobs, { ...cronJob, status });
    freshest.wrote(written);
    return written;
  };

  const remove = async (cronJob: CronJob, { metadata }: Job): Promise<void> => {
    try {
      const preconditions = { uid: metadata.uid };
      await client
        .remove(jobs, metadata, { propagationPolicy: 'Background', preconditions })
        .catch(unlessNotFound);
      recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
    } catch (err) {
      recorder.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(err)}`);
      throw err;
    }
  };

  /** Undefined when the name is taken by a job of somebody else, or nothing can be made in the namespace. */
  const create = async (
    cronJob: CronJob,
    { draft }: NonNullable<CronJobPlan['create']>,
  ): Promise<Job | undefined> => {
    const { metadata } = draft;
    try {
      const job = await client.create(jobs, draft);
      recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      return job;
    } catch (err) {
      if (isNamespaceTerminating(err)) return undefined;
      if (!isAlreadyExists(err)) {
        const message = `Error creating job: ${messageOf(err)}`;
        recorder.event(cronJob, 'Warning', 'FailedCreate', message);
        throw err;
      }
      const ref = { namespace: cronJob.metadata.namespace!, name: metadata.name! };
      const there = await client.get(jobs, ref).catch(unlessNotFound);
      return there && controllerOf(there.metadata)?.uid === cronJob.metadata.uid
        ? there
        : undefined;
    }
  };

  return createController({
    name: 'cronjob',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const copy = informer.lister.get(key);
      if (!copy) return undefined;
      const cronJob = freshest.of(copy);
      const plan = planCronJob({ cronJob, jobs: await jobsOf(cronJob), now: clock.now() });
      for (const { type, reason, message } of plan.tell) {
        recorder.event(cronJob, type, reason, message);
      }
      let current = await write(cronJob, plan.status);
      for (const job of plan.replace) await remove(cronJob, job);
      const made = plan.create && (await create(cronJob, plan.create));
      if (plan.create && made) {
        const gone = new Set(plan.replace.map(({ metadata }) => metadata.uid));
        const running = (current.status?.active ?? []).filter(({ uid }) => !gone.has(uid ?? ''));
        current = await write(current, {
          ...current.status,
          active: [...running, referenceTo(made)],
          lastScheduleTime: formatTime(plan.create.at),
        });
      }
      for (const job of plan.forget) await remove(current, job);
      return { requeueAfterMs: plan.lookAfterMs };
    },
  });
}
