import assert from 'node:assert/strict';
import { jobs, pods } from '@berth/api';
import type { JobSpec, PodSpec } from '@berth/api';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { endingImage } from './fake-kubelet.ts';
import { controllerOf, patience, setStage } from './stage.ts';

describe('a job', () => {
  const stage = setStage();
  const template = (image: string, spec: Partial<PodSpec> = {}) => ({
    spec: { restartPolicy: 'Never', containers: [{ name: 'c', image }], ...spec },
  });
  const make = (spec: Partial<JobSpec>, image = endingImage(0)) =>
    stage.make(jobs, 'j', { spec: { template: template(image), ...spec } });
  const status = async () => (await stage.get(jobs, 'j')).status ?? {};
  const ends = (type: string, reason: string) =>
    eventuallyHolds(async () => {
      const { conditions = [] } = await status();
      const end = conditions.find((condition) => condition.type === type);
      assert.deepEqual([end?.status, end?.reason], ['True', reason], JSON.stringify(conditions));
    }, patience);
  const running = (count: number) =>
    eventuallyHolds(async () => {
      assert.equal((await status()).active ?? 0, count);
      assert.equal((await status()).ready, count);
    }, patience);

  it('runs its pods to completion, and keeps them, with nothing that holds them', async () => {
    await make({ completions: 4, parallelism: 2 });
    await ends('Complete', 'CompletionsReached');
    const { succeeded, active, completionTime, uncountedTerminatedPods } = await status();
    assert.deepEqual([succeeded, active, uncountedTerminatedPods], [4, undefined, {}]);
    assert.ok(completionTime);
    const made = await stage.list(pods);
    assert.equal(made.length, 4);
    assert.ok(made.every((pod) => controllerOf(pod) === 'Job/j' && !pod.metadata.finalizers));
    await stage.told('SuccessfulCreate', 'Completed');
  });

  it('runs one pod per index, and each knows its own', async () => {
    await make({ completions: 3, parallelism: 3, completionMode: 'Indexed' });
    await ends('Complete', 'CompletionsReached');
    assert.equal((await status()).completedIndexes, '0-2');
    const made = await stage.list(pods);
    assert.deepEqual(made.map(({ spec }) => spec.hostname).sort(), ['j-0', 'j-1', 'j-2']);
    assert.ok(
      made.every(({ spec }) => spec.containers[0]?.env?.[0]?.name === 'JOB_COMPLETION_INDEX'),
    );
  });

  it('fails when its pods do, and tells why', async () => {
    await make({ backoffLimit: 0 }, endingImage(3));
    await ends('Failed', 'BackoffLimitExceeded');
    assert.equal((await status()).failed, 1);
    await stage.told('BackoffLimitExceeded');
  });

  it('fails by a rule, and takes the pods along that still run', async () => {
    const podFailurePolicy = {
      rules: [{ action: 'FailJob', onPodConditions: [{ type: 'Doomed', status: 'True' }] }],
    };
    await make({ parallelism: 3, completions: 3, podFailurePolicy }, 'example.com/app:1');
    await running(3);
    const [first] = await stage.list(pods);
    const phase = { phase: 'Failed', conditions: [{ type: 'Doomed', status: 'True' }] };
    await stage.client.patch(
      pods,
      first!.metadata,
      'merge',
      { status: phase },
      {
        subresource: 'status',
      },
    );
    await ends('Failed', 'PodFailurePolicy');
    await eventually(async () => (await stage.list(pods)).length === 1, patience);
    assert.equal((await status()).failed, 3);
  });

  it('stops its pods while it is suspended, and starts others when it is resumed', async () => {
    await make({ suspend: true, parallelism: 2, completions: 2 }, 'example.com/app:1');
    await eventuallyHolds(async () => {
      const { conditions = [], startTime } = await status();
      assert.deepEqual([conditions[0]?.reason, startTime], ['JobSuspended', undefined]);
    }, patience);
    assert.deepEqual(await stage.list(pods), []);
    await stage.patch(jobs, 'j', { spec: { suspend: false } });
    await running(2);
    await stage.patch(jobs, 'j', { spec: { suspend: true } });
    await running(0);
    await eventually(async () => (await stage.list(pods)).length === 0, patience);
    await stage.told('Suspended', 'Resumed');
  });

  it('adopts a pod of its own that lost its owner, and lets one go that lost its labels', async () => {
    await make({}, 'example.com/app:1');
    await running(1);
    const [pod] = await stage.list(pods);
    const { name } = pod!.metadata;
    await stage.patch(pods, name, { metadata: { ownerReferences: null } });
    await eventually(async () => controllerOf(await stage.get(pods, name)) === 'Job/j', patience);
    await stage.patch(pods, name, { metadata: { labels: null } });
    await eventuallyHolds(async () => {
      const { metadata } = await stage.get(pods, name);
      assert.deepEqual([metadata.ownerReferences ?? [], metadata.finalizers ?? []], [[], []]);
    }, patience);
  });

  it('takes its pods along when it is deleted, and is deleted itself some time after its end', async () => {
    await make({ parallelism: 2 }, 'example.com/app:1');
    await running(2);
    await stage.remove(jobs, 'j');
    await eventually(async () => (await stage.list(pods)).length === 0, patience);
    await make({ ttlSecondsAfterFinished: 0 });
    await eventually(async () => !(await stage.exists(jobs, 'j')), patience);
    await eventually(async () => (await stage.list(pods)).length === 0, patience);
  });

  it('leaves its pods free to go when it is deleted without them', async () => {
    await make({}, 'example.com/app:1');
    await running(1);
    await stage.remove(jobs, 'j', 'Orphan');
    await eventuallyHolds(async () => {
      const [pod, ...more] = await stage.list(pods);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [pod?.metadata.ownerReferences ?? [], pod?.metadata.finalizers ?? []],
        [[], []],
      );
    }, patience);
  });
});
