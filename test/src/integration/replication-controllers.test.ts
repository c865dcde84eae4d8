import assert from 'node:assert/strict';
import { pods, replicationControllers, resourceQuotas } from '@berth/api';
import type { Scale } from '@berth/api';
import { makePod, makePodTemplate } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { controllerOf, patience, setStage } from './stage.ts';

describe('a replication controller', () => {
  const stage = setStage();
  const make = (replicas: number) =>
    stage.make(replicationControllers, 'web', {
      spec: { replicas, selector: { app: 'web' }, template: makePodTemplate({ app: 'web' }) },
    });
  const status = async () => (await stage.get(replicationControllers, 'web')).status;
  const ready = (replicas: number) =>
    eventuallyHolds(async () => {
      const { replicas: present, readyReplicas = 0 } = (await status())!;
      assert.deepEqual([present, readyReplicas], [replicas, replicas]);
    }, patience);
  const ownPods = async () =>
    (await stage.list(pods)).filter((pod) => controllerOf(pod) === 'ReplicationController/web');

  it('is scaled through its scale, also unconditionally', async () => {
    await make(1);
    await ready(1);
    const ref = { namespace: stage.namespace, name: 'web' };
    const scale = await stage.client.getSubresource<Scale>(replicationControllers, ref, 'scale');
    assert.equal(scale.status?.replicas, 1);
    const { resourceVersion: _, ...metadata } = scale.metadata;
    await stage.client.updateSubresource(replicationControllers, ref, 'scale', {
      ...scale,
      metadata,
      spec: { replicas: 2 },
    });
    await ready(2);
    await stage.told('SuccessfulCreate');
  });

  it('says so when a quota keeps it from making pods, and stops saying so', async () => {
    await stage.make(resourceQuotas, 'two', { spec: { hard: { pods: '2' } } });
    await eventuallyHolds(async () => {
      assert.equal((await stage.get(resourceQuotas, 'two')).status?.hard?.['pods'], '2');
    }, patience);
    await make(3);
    await eventuallyHolds(async () => {
      const [condition] = (await status())?.conditions ?? [];
      assert.deepEqual(
        [condition?.type, condition?.status, condition?.reason],
        ['ReplicaFailure', 'True', 'FailedCreate'],
      );
      assert.match(condition?.message ?? '', /exceeded quota: two/);
    }, patience);
    await stage.told('FailedCreate');
    await stage.patch(replicationControllers, 'web', { spec: { replicas: 2 } });
    await eventuallyHolds(async () => {
      const { conditions = [], observedGeneration } = (await status())!;
      assert.deepEqual([conditions, observedGeneration], [[], 2]);
    }, patience);
    await ready(2);
  });

  it('adopts a pod that matches, and lets go of one that does no longer', async () => {
    const labels = { app: 'web' };
    const orphan = await stage.make(pods, 'orphan', { spec: makePod('orphan').spec }, { labels });
    await make(1);
    await ready(1);
    assert.deepEqual(
      (await ownPods()).map(({ metadata }) => metadata.uid),
      [orphan.metadata.uid],
    );
    await stage.patch(pods, 'orphan', { metadata: { labels: { app: 'other' } } });
    await eventually(
      async () => controllerOf(await stage.get(pods, 'orphan')) === undefined,
      patience,
    );
    await eventually(async () => (await ownPods()).length === 1, patience);
  });

  it('takes its pods along when it is deleted, unless they are to be orphaned', async () => {
    await make(2);
    await ready(2);
    await stage.remove(replicationControllers, 'web', 'Orphan');
    await eventually(async () => !(await stage.exists(replicationControllers, 'web')), patience);
    assert.equal((await stage.list(pods)).length, 2);
    await make(2);
    await eventually(async () => (await ownPods()).length === 2, patience);
    assert.equal((await stage.list(pods)).length, 2, 'adopted, not made anew');
    await stage.remove(replicationControllers, 'web');
    await eventually(async () => (await stage.list(pods)).length === 0, patience);
  });
});
