import assert from 'node:assert/strict';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '@berth/api';
import type { Pod, StatefulSetSpec } from '@berth/api';
import { makePersistentVolumeClaim, makeStatefulSet } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { controllerOf, patience, setStage } from './stage.ts';

describe('a stateful set', () => {
  const stage = setStage();
  const make = (spec: Partial<StatefulSetSpec>) =>
    stage.make(statefulSets, 'db', { spec: makeStatefulSet('db', spec).spec });
  const settles = (replicas: number) =>
    eventuallyHolds(async () => {
      const { status, metadata } = await stage.get(statefulSets, 'db');
      assert.equal(status?.observedGeneration, metadata.generation);
      assert.deepEqual(
        [status?.replicas, status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0],
        [replicas, replicas, replicas],
      );
      assert.equal(status?.currentRevision, status?.updateRevision);
    }, patience);
  const names = async () => (await stage.list(pods)).map(({ metadata }) => metadata.name).sort();
  const imageOf = ({ spec }: Pod) => spec.containers[0]?.image;
  const patchImage = (image: string) =>
    stage.client.patch(statefulSets, { namespace: stage.namespace, name: 'db' }, 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
    });

  it('makes its pods one after the other, with names and places, and takes them away from the end', async () => {
    await make({ replicas: 3 });
    await settles(3);
    assert.deepEqual(await names(), ['db-0', 'db-1', 'db-2']);
    const made = await stage.list(pods);
    for (const { metadata, spec } of made) {
      assert.equal(spec.hostname, metadata.name);
      assert.equal(spec.subdomain, 'db');
      assert.equal(metadata.labels?.['statefulset.kubernetes.io/pod-name'], metadata.name);
    }
    await stage.patch(statefulSets, 'db', { spec: { replicas: 1 } });
    await settles(1);
    await eventuallyHolds(async () => assert.deepEqual(await names(), ['db-0']), patience);
    await stage.told('SuccessfulCreate', 'SuccessfulDelete');
  });

  it('rolls from one template to the next, and back, and remembers each once', async () => {
    await make({ replicas: 2 });
    await settles(2);
    const [first] = await stage.list(controllerRevisions);
    assert.equal(controllerOf(first), 'StatefulSet/db');
    await patchImage('example.com/app:2');
    await settles(2);
    await eventuallyHolds(async () => {
      const images = (await stage.list(pods)).map(imageOf);
      assert.deepEqual(images, ['example.com/app:2', 'example.com/app:2']);
    }, patience);
    await patchImage('example.com/app:1');
    await settles(2);
    const revisions = await stage.list(controllerRevisions);
    assert.equal(revisions.length, 2);
    const back = revisions.find(({ metadata }) => metadata.uid === first!.metadata.uid);
    assert.equal(back?.revision, 3);
  });

  it('keeps pods below the partition as they are', async () => {
    const rollingUpdate = { partition: 1 };
    await make({ replicas: 2, updateStrategy: { type: 'RollingUpdate', rollingUpdate } });
    await settles(2);
    await patchImage('example.com/app:2');
    await eventuallyHolds(async () => {
      assert.equal(imageOf(await stage.get(pods, 'db-1')), 'example.com/app:2');
      assert.equal(imageOf(await stage.get(pods, 'db-0')), 'example.com/app:1');
      const { status } = await stage.get(statefulSets, 'db');
      assert.deepEqual([status?.updatedReplicas, status?.readyReplicas], [1, 2]);
    }, patience);
    await stage.patch(statefulSets, 'db', {
      spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
    });
    await settles(2);
  });

  it('makes a pod anew under the same name, with the same claim', async () => {
    const { spec } = makePersistentVolumeClaim('data');
    const volumeClaimTemplates = [{ ...makePersistentVolumeClaim('data'), spec }];
    // Nobody binds these claims, so that the pods wait: they are looked at as they are.
    await make({ replicas: 1, volumeClaimTemplates });
    await eventually(() => stage.exists(pods, 'db-0'), patience);
    const before = await stage.get(pods, 'db-0');
    assert.equal(before.spec.volumes?.[0]?.persistentVolumeClaim?.claimName, 'data-db-0');
    const claim = await stage.get(persistentVolumeClaims, 'data-db-0');
    await stage.remove(pods, 'db-0');
    await eventuallyHolds(async () => {
      const after = await stage.get(pods, 'db-0');
      assert.notEqual(after.metadata.uid, before.metadata.uid);
      assert.equal(after.metadata.deletionTimestamp, undefined);
    }, patience);
    const kept = await stage.get(persistentVolumeClaims, 'data-db-0');
    assert.equal(kept.metadata.uid, claim.metadata.uid);
  });
});
