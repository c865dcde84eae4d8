import assert from 'node:assert/strict';
import { cronJobs, jobs } from '@berth/api';
import type { CronJobSpec } from '@berth/api';
import { eventuallyHolds } from '../eventually.ts';
import { endingImage } from './fake-kubelet.ts';
import { controllerOf, patience, setStage } from './stage.ts';

describe('a cron job', () => {
  const stage = setStage();
  const make = (spec: Partial<CronJobSpec>, image = 'example.com/app:1') =>
    stage.make(cronJobs, 'c', {
      spec: {
        schedule: '@every 1s',
        jobTemplate: {
          metadata: { labels: { of: 'c' } },
          spec: {
            template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image }] } },
          },
        },
        ...spec,
      },
    });
  const active = async () => (await stage.get(cronJobs, 'c')).status?.active ?? [];

  /** A cron job whose time has come, and a job of it that still runs. */
  const overdue = async (concurrencyPolicy: string) => {
    const { metadata } = await make({ concurrencyPolicy, schedule: '* * * * *', suspend: true });
    await stage.make(
      jobs,
      'old',
      { spec: (await stage.get(cronJobs, 'c')).spec.jobTemplate.spec! },
      {
        annotations: {
          'batch.kubernetes.io/cronjob-scheduled-timestamp': metadata.creationTimestamp,
        },
        ownerReferences: [
          {
            apiVersion: 'batch/v1',
            kind: 'CronJob',
            name: 'c',
            uid: metadata.uid,
            controller: true,
          },
        ],
      },
    );
    await eventuallyHolds(async () => assert.equal((await active()).length, 1), patience);
    const lastScheduleTime = new Date(Date.now() - 150_000).toISOString();
    const ref = { namespace: stage.namespace, name: 'c' };
    await stage.client.patch(
      cronJobs,
      ref,
      'merge',
      { status: { lastScheduleTime } },
      {
        subresource: 'status',
      },
    );
    await stage.patch(cronJobs, 'c', { spec: { suspend: false } });
  };
  const names = async () => (await stage.list(jobs)).map(({ metadata }) => metadata.name).sort();

  it('starts one job beside another when it may', async () => {
    await overdue('Allow');
    await eventuallyHolds(async () => assert.equal((await active()).length, 2), patience);
    const [made, ...others] = await stage.list(jobs);
    assert.equal(others.length, 1);
    assert.equal(controllerOf(made), 'CronJob/c');
    assert.equal(made?.metadata.labels?.['of'], 'c');
    assert.ok((await stage.get(cronJobs, 'c')).status?.lastScheduleTime);
    await stage.told('SuccessfulCreate');
  });

  it('starts none beside another when that is forbidden', async () => {
    await overdue('Forbid');
    await stage.told('JobAlreadyActive');
    assert.deepEqual(await names(), ['old']);
  });

  it('puts one in the place of another when it is to', async () => {
    await overdue('Replace');
    await eventuallyHolds(async () => {
      const [name, ...more] = await names();
      assert.deepEqual(more, []);
      assert.match(name ?? '', /^c-\d+$/);
      assert.deepEqual(
        (await active()).map((reference) => reference.name),
        [name],
      );
    }, patience);
    await stage.told('SuccessfulDelete', 'SuccessfulCreate');
  });

  it('makes no job while it is suspended', async () => {
    await make({ suspend: true });
    await stage.patch(cronJobs, 'c', { metadata: { labels: { seen: 'yes' } } });
    await stage.make(cronJobs, 'd', {
      spec: { ...(await stage.get(cronJobs, 'c')).spec, suspend: false },
    });
    await eventuallyHolds(async () => assert.equal((await stage.list(jobs)).length, 1), patience);
    assert.equal(controllerOf((await stage.list(jobs))[0]), 'CronJob/d');
    assert.deepEqual(await active(), []);
  });

  it('sees a job complete, and forgets it when its history holds none', async () => {
    await make({ successfulJobsHistoryLimit: 0 }, endingImage(0));
    await stage.told('SuccessfulCreate', 'SawCompletedJob', 'SuccessfulDelete');
    await eventuallyHolds(async () => {
      const { status } = await stage.get(cronJobs, 'c');
      assert.ok(status?.lastSuccessfulTime);
    }, patience);
  });
});
