import assert from 'node:assert/strict';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '@berth/api';
import type { PersistentVolumeClaimSpec, PersistentVolumeSpec } from '@berth/api';
import { makePersistentVolume, makePersistentVolumeClaim, makePod } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { patience, setStage } from './stage.ts';

describe('a claim to a volume', () => {
  const stage = setStage();
  const claim = (spec: PersistentVolumeClaimSpec = {}) =>
    stage.make(persistentVolumeClaims, 'c', {
      spec: { ...makePersistentVolumeClaim('c').spec, storageClassName: 'manual', ...spec },
    });
  /** Volumes belong to no namespace, and so each test has a class of its own. */
  const volume = (name: string, spec: PersistentVolumeSpec = {}) =>
    stage.client.create(persistentVolumes, {
      metadata: { name: `${stage.namespace}-${name}` },
      spec: { ...makePersistentVolume(name).spec, storageClassName: 'manual', ...spec },
    });
  const phases = async (name: string) => [
    (await stage.get(persistentVolumeClaims, 'c')).status?.phase,
    (await stage.client.get(persistentVolumes, { name: `${stage.namespace}-${name}` })).status
      ?.phase,
  ];
  const become = (name: string, ...expected: readonly string[]) =>
    eventuallyHolds(async () => assert.deepEqual(await phases(name), expected), patience);

  it('waits until there is one that fits, keeps it, and leaves it released', async () => {
    const storageClassName = stage.namespace;
    await claim({ storageClassName });
    await volume('small', { storageClassName, capacity: { storage: '1Mi' } });
    await become('small', 'Pending', 'Available');
    await volume('v', { storageClassName });
    await become('v', 'Bound', 'Bound');
    const { spec, status } = await stage.get(persistentVolumeClaims, 'c');
    assert.equal(spec.volumeName, `${stage.namespace}-v`);
    assert.deepEqual(status?.capacity, { storage: '1Gi' });
    await stage.remove(persistentVolumeClaims, 'c');
    const name = `${stage.namespace}-v`;
    await eventually(
      async () =>
        (await stage.client.get(persistentVolumes, { name })).status?.phase === 'Released',
      patience,
    );
  });

  it('waits for a pod where the class does, and follows it to its node', async () => {
    const storageClassName = stage.namespace;
    await stage.client.create(storageClasses, {
      metadata: { name: storageClassName },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    const on = (node: string) => ({
      storageClassName,
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }],
            },
          ],
        },
      },
    });
    await volume('v', on('node-2'));
    await claim({ storageClassName });
    await become('v', 'Pending', 'Available');
    await stage.told('WaitForFirstConsumer');
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }];
    await stage.make(pods, 'p', { spec: { ...makePod('p').spec, volumes } });
    await become('v', 'Bound', 'Bound');
    await eventuallyHolds(async () => {
      const { spec } = await stage.get(pods, 'p');
      assert.equal(spec.nodeName, 'node-2');
    }, patience);
  });

  it('is lost with its volume', async () => {
    const storageClassName = stage.namespace;
    await volume('v', { storageClassName });
    await claim({ storageClassName });
    await become('v', 'Bound', 'Bound');
    const name = `${stage.namespace}-v`;
    await stage.client.patch(persistentVolumes, { name }, 'merge', {
      metadata: { finalizers: null },
    });
    await stage.client.remove(persistentVolumes, { name });
    await eventually(
      async () => (await stage.get(persistentVolumeClaims, 'c')).status?.phase === 'Lost',
      patience,
    );
  });
});
