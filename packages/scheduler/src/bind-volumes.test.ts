import assert from 'node:assert/strict';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '@berth/api';
import type { KubeObject, PersistentVolume, PersistentVolumeClaim, ResourceType } from '@berth/api';
import { makeMetadata, makeNode, makePod } from '@berth/api/testing';
import { createFakeClock } from '@berth/component-base/testing';
import { createVolumeBinder } from './bind-volumes.ts';
import type { VolumeBinderOptions } from './bind-volumes.ts';
import { createClusterState } from './cluster-state.ts';

const spec = (storage: string) => ({
  accessModes: ['ReadWriteOnce'],
  storageClassName: 'local',
  resources: { requests: { storage } },
});
const claim = (name: string): PersistentVolumeClaim => ({
  metadata: makeMetadata(name),
  spec: spec('1Gi'),
});
const volume = (name: string): PersistentVolume =>
  ({
    metadata: { ...makeMetadata(name), namespace: undefined },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      capacity: { storage: '1Gi' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }],
            },
          ],
        },
      },
    },
    status: { phase: 'Available' },
  }) as unknown as PersistentVolume;
const podWith = (name: string, claimName: string) =>
  makePod(name, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] });

/** A cluster with node n1 and a class whose volumes wait for their pods. */
function start(provisioner = 'kubernetes.io/no-provisioner') {
  const clock = createFakeClock();
  const state = createClusterState();
  state.setNode(makeNode('n1'));
  const set = (type: ResourceType, object: KubeObject) => state.setObject(type, object);
  set(storageClasses, {
    metadata: { ...makeMetadata('local'), namespace: undefined },
    ...{ provisioner, volumeBindingMode: 'WaitForFirstConsumer' },
  } as unknown as KubeObject);
  const written: KubeObject[] = [];
  let refusal: Error | undefined;
  const client = {
    update(_: unknown, object: KubeObject) {
      if (refusal) return Promise.reject(refusal);
      written.push(object);
      const { metadata } = object;
      return Promise.resolve({ ...object, metadata: { ...metadata, resourceVersion: '2' } });
    },
  } as unknown as VolumeBinderOptions['client'];
  const binder = createVolumeBinder({ client, state, clock });
  /** Takes the pod through reserve and bind; `ended` is the outcome once there is one. */
  const bind = (pod = podWith('p', 'c')) => {
    const info = state.podInfo(pod);
    const reservation = binder.reserve(info, 'n1')!;
    state.assume(info, 'n1');
    let ended: unknown;
    const done = reservation.bind(10_000, new AbortController().signal).then(
      () => (ended = 'bound'),
      (err: unknown) => (ended = err),
    );
    return { reservation, done, ended: () => ended };
  };
  const bindClaim = (name: string, volumeName: string, annotations = {}) => {
    const { metadata, ...rest } = claim(name);
    const done = { 'pv.kubernetes.io/bind-completed': 'yes', ...annotations };
    set(persistentVolumeClaims, {
      ...rest,
      metadata: { ...metadata, annotations: done },
      spec: { ...rest.spec, volumeName },
    } as KubeObject);
  };
  return {
    ...{ clock, state, set, written, binder, bind, bindClaim },
    refuse: (err: Error) => (refusal = err),
    claimRef: (name: string) =>
      state.objects.get(persistentVolumes, undefined, name)?.spec.claimRef,
  };
}

describe('createVolumeBinder', () => {
  it('has nothing to do for pods without claims, and for claims that are bound', () => {
    const { state, binder, bindClaim } = start();
    assert.equal(binder.reserve(state.podInfo(makePod('a')), 'n1'), undefined);
    bindClaim('c', 'v');
    assert.equal(binder.reserve(state.podInfo(podWith('p', 'c')), 'n1'), undefined);
  });

  it('takes a volume for the claim at once, writes it, and waits until the claim is bound', async () => {
    const { clock, state, set, written, binder, bind, bindClaim, claimRef } = start();
    set(persistentVolumes, volume('v'));
    for (const name of ['c', 'd']) set(persistentVolumeClaims, claim(name));
    const { done, ended } = bind();
    assert.equal(claimRef('v')?.name, 'c', 'no later decision counts on it');
    assert.throws(() => binder.reserve(state.podInfo(podWith('q', 'd')), 'n1'), /taken by others/);
    await clock.advance(1_000);
    assert.equal(written.length, 1);
    const [mine] = written as PersistentVolume[];
    assert.deepEqual(
      [mine?.spec.claimRef?.uid, mine?.metadata.annotations],
      ['uid-c', { 'pv.kubernetes.io/bound-by-controller': 'yes' }],
    );
    assert.equal(ended(), undefined);
    bindClaim('c', 'v');
    await clock.advance(1_000);
    await done;
    assert.equal(ended(), 'bound');
  });

  it('gives the volume back when it cannot be written', async () => {
    const { set, bind, refuse, claimRef } = start();
    set(persistentVolumes, volume('v'));
    set(persistentVolumeClaims, claim('c'));
    refuse(new Error('somebody was faster'));
    const { reservation, done, ended } = bind();
    await done;
    assert.match(String(ended()), /somebody was faster/);
    reservation.release();
    assert.equal(claimRef('v'), undefined);
  });

  it('leaves alone what the informer brought meanwhile', () => {
    const { set, bind, claimRef } = start();
    set(persistentVolumes, volume('v'));
    set(persistentVolumeClaims, claim('c'));
    const { reservation } = bind();
    const other = volume('v');
    const claimRefOfOther = { name: 'other', namespace: 'default' };
    const kept: PersistentVolume = {
      ...other,
      spec: { ...other.spec, claimRef: claimRefOfOther },
    };
    set(persistentVolumes, kept);
    reservation.release();
    assert.equal(claimRef('v')?.name, 'other');
  });

  it('asks a provisioner for a volume where the pod goes, and goes elsewhere when there is none', async () => {
    const { clock, set, written, bind } = start('example.com/disks');
    set(persistentVolumeClaims, claim('c'));
    const { done, ended } = bind();
    await clock.advance(0);
    const [marked] = written as PersistentVolumeClaim[];
    assert.deepEqual(marked?.metadata.annotations, { 'volume.kubernetes.io/selected-node': 'n1' });
    set(persistentVolumeClaims, marked);
    await clock.advance(1_000);
    assert.equal(ended(), undefined);
    set(persistentVolumeClaims, claim('c'));
    await clock.advance(1_000);
    await done;
    assert.match(String(ended()), /provisioning failed for PVC "c"/);
  });

  it('gives up in time, and when the pod or its claim goes', async () => {
    for (const [happens, why] of [
      ['nothing', /context deadline exceeded/],
      ['pod', /the pod is gone/],
      ['claim', /persistentvolumeclaim "c" is gone/],
    ] as const) {
      const { clock, state, set, bind } = start();
      set(persistentVolumes, volume('v'));
      set(persistentVolumeClaims, claim('c'));
      const { done, ended } = bind();
      await clock.advance(1_000);
      if (happens === 'pod') state.removePod('default/p');
      if (happens === 'claim') state.removeObject(persistentVolumeClaims, claim('c'));
      await clock.advance(10_000);
      await done;
      assert.match(String(ended()), why);
    }
  });
});
