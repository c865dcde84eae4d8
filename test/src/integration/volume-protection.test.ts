import assert from 'node:assert/strict';
import {
  isNotFound,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
} from '@berth/api';
import type { ResourceType } from '@berth/api';
import { makePersistentVolume, makePersistentVolumeClaim, makePod } from '@berth/api/testing';
import { createTestStorage } from '@berth/storage/testing';
import { eventually } from '../eventually.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

const draft = <T extends { readonly metadata: object }>(object: T): T => {
  const {
    uid: _uid,
    resourceVersion: _version,
    ...metadata
  } = object.metadata as {
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  return { ...object, metadata };
};

describe('volumes and claims that are used', () => {
  let plane: ControlPlane;
  const storage = createTestStorage();
  before(async () => {
    plane = await startControlPlane(storage);
    await plane.client.create(namespaces, { metadata: { name: 'volumes' }, spec: {} });
  });
  after(async () => {
    await plane.close();
    await storage.close();
  });
  const isGone = (type: ResourceType, name: string, namespace?: string) =>
    plane.client.get(type, { name, ...(namespace && { namespace }) }).then(
      () => false,
      (err: unknown) => {
        if (isNotFound(err)) return true;
        throw err;
      },
    );

  it('outlive their deletion until nobody uses them', async () => {
    const { client } = plane;
    const inside = { metadata: { namespace: 'volumes' } };
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'used' } }];
    for (const name of ['used', 'free'])
      await client.create(
        persistentVolumeClaims,
        draft(makePersistentVolumeClaim(name, {}, inside)),
      );
    const pod = makePod('user', { nodeName: 'node-1', volumes }, inside);
    await eventually(() =>
      client.create(pods, draft(pod)).then(
        () => true,
        () => false,
      ),
    );
    const ref = (name: string) => ({ namespace: 'volumes', name });
    await client.remove(persistentVolumeClaims, ref('used'));
    await client.remove(persistentVolumeClaims, ref('free'));
    await eventually(() => isGone(persistentVolumeClaims, 'free', 'volumes'));
    assert.equal(await isGone(persistentVolumeClaims, 'used', 'volumes'), false);
    await client.remove(pods, ref('user'), { gracePeriodSeconds: 0 });
    await eventually(() => isGone(persistentVolumeClaims, 'used', 'volumes'));
  });

  it('are kept by the claim that has them', async () => {
    const { client } = plane;
    await client.create(persistentVolumes, draft(makePersistentVolume('disk')));
    const claim = makePersistentVolumeClaim(
      'holder',
      { volumeName: 'disk', storageClassName: '' },
      { metadata: { namespace: 'volumes' } },
    );
    await client.create(persistentVolumeClaims, draft(claim));
    const disk = () => client.get(persistentVolumes, { name: 'disk' });
    await eventually(async () => (await disk()).status?.phase === 'Bound');
    await client.remove(persistentVolumes, { name: 'disk' });
    assert.ok((await disk()).metadata.deletionTimestamp);
    await client.remove(persistentVolumeClaims, { namespace: 'volumes', name: 'holder' });
    await eventually(() => isGone(persistentVolumes, 'disk'));
  });
});
