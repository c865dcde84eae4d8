import assert from 'node:assert/strict';
import type { PersistentVolumeClaim, Pod, StatefulSet, StatefulSetSpec } from '@berth/api';
import {
  createdAt,
  makeMetadata,
  makePersistentVolumeClaim,
  makePod,
  makePodTemplate,
  makeStatefulSet,
} from '@berth/api/testing';
import fc from 'fast-check';
import { ordinalOf, revisionOf } from './identity.ts';
import { planStatefulSet, planStatus } from './plan.ts';
import type { Revision } from './plan.ts';

const now = Date.parse(createdAt) + 3_600_000;
const template = (image: string) =>
  makePodTemplate({ app: 'web' }, { containers: [{ name: 'main', image }] });

/** A set with its pods and claims; nodes do with pods as the test says. */
function createWorld(spec: Partial<StatefulSetSpec> = {}) {
  let set: StatefulSet = makeStatefulSet('web', { template: template('v1'), ...spec });
  let pods: readonly Pod[] = [];
  const claims = new Map<string, PersistentVolumeClaim>();
  let current: Revision = { name: 'web-v1', template: template('v1') };
  let update = current;
  let made = 0;
  const changePod = (name: string, next: (pod: Pod) => Pod) => {
    pods = pods.map((pod) => (pod.metadata.name === name ? next(pod) : pod));
  };
  const world = {
    get pods() {
      return pods;
    },
    get set() {
      return set;
    },
    claims,
    names: () => pods.map(({ metadata }) => metadata.name).sort(),
    change(next: Partial<StatefulSetSpec>) {
      set = { ...set, spec: { ...set.spec, ...next } };
    },
    updateTo(version: string) {
      update = { name: `web-${version}`, template: template(version) };
    },
    ready(name: string, isReady = true) {
      const conditions = [
        { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: createdAt },
      ];
      changePod(name, (pod) => ({ ...pod, status: { phase: 'Running', conditions } }));
    },
    end: (name: string) => changePod(name, (pod) => ({ ...pod, status: { phase: 'Failed' } })),
    /** Pods on their way out are gone. */
    tidy() {
      pods = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
    },
    observe: () => ({
      set,
      pods,
      claim: (name: string) => claims.get(name),
      current,
      update,
      now,
    }),
    pass(): number {
      const observed = world.observe();
      const actions = planStatefulSet(observed);
      const status = planStatus(observed, actions);
      set = { ...set, status };
      if (status.currentRevision === update.name) current = update;
      for (const action of actions) {
        made += 1;
        const identity = { uid: `u${made}`, creationTimestamp: createdAt };
        switch (action.kind) {
          case 'createPod': {
            const metadata = makeMetadata(action.draft.metadata.name!, {
              ...action.draft.metadata,
              ...identity,
            });
            assert.equal(world.names().includes(metadata.name), false, 'made twice');
            pods = [
              ...pods,
              { ...makePod('x'), ...action.draft, metadata, status: { phase: 'Pending' } },
            ];
            break;
          }
          case 'removePod':
            changePod(action.pod.metadata.name, (pod) => ({
              ...pod,
              metadata: { ...pod.metadata, deletionTimestamp: createdAt },
            }));
            break;
          case 'updatePod':
            changePod(action.pod.metadata.name, () => action.pod);
            break;
          case 'createClaim': {
            const metadata = makeMetadata(action.draft.metadata.name!, {
              ...action.draft.metadata,
              ...identity,
            });
            claims.set(metadata.name, { ...action.draft, metadata });
            break;
          }
          case 'updateClaim':
            claims.set(action.claim.metadata.name, action.claim);
            break;
        }
      }
      return actions.length;
    },
    /** Runs until nothing is left to do, with nodes that make every pod ready. */
    settle() {
      for (let i = 0; i < 200; i += 1) {
        for (const pod of pods) if (pod.status?.phase === 'Pending') world.ready(pod.metadata.name);
        world.tidy();
        if (world.pass() === 0 && pods.every(({ metadata }) => !metadata.deletionTimestamp)) return;
      }
      assert.fail('does not settle');
    },
  };
  return world;
}

const isReady = ({ metadata, status }: Pod) =>
  !metadata.deletionTimestamp && status?.conditions?.[0]?.status === 'True';

describe('a stateful set', () => {
  it('in order makes a pod only after all before it are ready, and ends as it should', () => {
    const step = fc.record({
      replicas: fc.option(fc.nat(5), { freq: 3 }),
      readies: fc.array(fc.nat(5), { maxLength: 3 }),
      ends: fc.option(fc.nat(5), { freq: 5 }),
      updates: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(3), (steps, start) => {
        const world = createWorld({ replicas: 3, ordinals: { start } });
        let version = 1;
        for (const { replicas, readies, ends, updates } of steps) {
          if (replicas !== null) world.change({ replicas });
          if (updates) world.updateTo(`v${(version += 1)}`);
          for (const i of readies) world.ready(`web-${start + i}`);
          if (ends !== null) world.end(`web-${start + ends}`);
          world.tidy();
          const before = world.pods;
          world.pass();
          const known = new Set(before.map(({ metadata }) => metadata.name));
          const fresh = world.pods.filter(({ metadata }) => !known.has(metadata.name));
          assert.ok(fresh.length <= 1);
          for (const { metadata } of fresh) {
            const ordinal = ordinalOf(world.set, metadata.name)!;
            for (let i = start; i < ordinal; i += 1) {
              assert.ok(before.some((pod) => pod.metadata.name === `web-${i}` && isReady(pod)));
            }
          }
          const going = before.filter(
            (pod) =>
              !pod.metadata.deletionTimestamp &&
              world.pods.some(
                (p) => p.metadata.uid === pod.metadata.uid && p.metadata.deletionTimestamp,
              ),
          );
          assert.ok(going.length <= 1, 'one at a time');
        }
        world.settle();
        const replicas = world.set.spec.replicas ?? 0;
        const expected = Array.from({ length: replicas }, (_, i) => `web-${start + i}`).sort();
        assert.deepEqual(world.names(), expected);
        assert.ok(world.pods.every((pod) => revisionOf(pod) === `web-v${version}`));
        const { status } = world.set;
        assert.deepEqual(
          [status?.replicas, status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0],
          [replicas, replicas, replicas],
        );
      }),
      { numRuns: 100 },
    );
  });

  it('in parallel makes and removes all at once', () => {
    const world = createWorld({ replicas: 4, podManagementPolicy: 'Parallel' });
    world.pass();
    assert.deepEqual(world.names(), ['web-0', 'web-1', 'web-2', 'web-3']);
    world.change({ replicas: 1 });
    world.pass();
    world.tidy();
    assert.deepEqual(world.names(), ['web-0']);
  });

  it('updates from the last to the first, down to the partition, and the rest when that goes', () => {
    const rolling = (partition: number) => ({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
    });
    const world = createWorld({ replicas: 3, ...rolling(2) });
    world.settle();
    world.updateTo('v2');
    const versions = () =>
      [...world.pods]
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .map((pod) => revisionOf(pod)?.slice(4));
    world.settle();
    assert.deepEqual(versions(), ['v1', 'v1', 'v2']);
    assert.deepEqual(
      [world.set.status?.currentRevision, world.set.status?.updateRevision],
      ['web-v1', 'web-v2'],
    );
    // One below the partition comes back as what it was.
    world.end('web-0');
    world.settle();
    assert.deepEqual(versions(), ['v1', 'v1', 'v2']);
    world.change(rolling(0));
    world.settle();
    assert.deepEqual(versions(), ['v2', 'v2', 'v2']);
    assert.equal(world.set.status?.currentRevision, 'web-v2');
  });

  it('updates a pod that never gets ready, and waits for one that was updated', () => {
    const world = createWorld({ replicas: 2, podManagementPolicy: 'Parallel' });
    world.settle();
    world.ready('web-1', false);
    world.updateTo('v2');
    world.pass();
    world.tidy();
    assert.deepEqual(world.names(), ['web-0'], 'no waiting for what is to go');
    world.pass();
    world.pass();
    assert.ok(
      world.pods.every(({ metadata }) => !metadata.deletionTimestamp),
      'waits for web-1',
    );
  });

  it('leaves pods alone until they are deleted, if that is the strategy', () => {
    const world = createWorld({ replicas: 2, updateStrategy: { type: 'OnDelete' } });
    world.settle();
    world.updateTo('v2');
    world.settle();
    assert.ok(world.pods.every((pod) => revisionOf(pod) === 'web-v1'));
    world.end('web-1');
    world.settle();
    assert.deepEqual(world.pods.map(revisionOf).sort(), ['web-v1', 'web-v2']);
  });

  it('lets several pods be missing during an update when it may', () => {
    const rollingUpdate = { partition: 0, maxUnavailable: '50%' };
    const world = createWorld({
      replicas: 4,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate },
    });
    world.settle();
    world.updateTo('v2');
    world.pass();
    assert.equal(world.pods.filter(({ metadata }) => metadata.deletionTimestamp).length, 2);
  });

  describe('with claims', () => {
    const volumeClaimTemplates = [makePersistentVolumeClaim('data')];
    const owners = (world: ReturnType<typeof createWorld>, name: string) =>
      (world.claims.get(name)?.metadata.ownerReferences ?? []).map(({ kind }) => kind);

    it('gives each pod a claim that outlives it', () => {
      const world = createWorld({ replicas: 2, volumeClaimTemplates });
      world.settle();
      assert.deepEqual([...world.claims.keys()], ['data-web-0', 'data-web-1']);
      const volume = world.pods[1]?.spec.volumes?.[0];
      assert.deepEqual(volume, {
        name: 'data',
        persistentVolumeClaim: { claimName: 'data-web-1' },
      });
      world.change({ replicas: 0 });
      world.settle();
      assert.equal(world.claims.size, 2);
      assert.deepEqual(owners(world, 'data-web-1'), []);
    });

    it('lets claims go with the set, or with a pod that is no longer wanted', () => {
      const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
      const world = createWorld({
        replicas: 2,
        volumeClaimTemplates,
        persistentVolumeClaimRetentionPolicy,
      });
      world.settle();
      assert.deepEqual(owners(world, 'data-web-1'), ['StatefulSet']);
      world.change({ replicas: 1 });
      world.pass();
      assert.deepEqual(owners(world, 'data-web-0'), ['StatefulSet']);
      assert.deepEqual(owners(world, 'data-web-1'), ['Pod']);
      // Wanted again before the claim is gone: what is left of the former pod must go first.
      world.tidy();
      world.change({ replicas: 2 });
      world.pass();
      assert.deepEqual(world.names(), ['web-0']);
      world.claims.delete('data-web-1');
      world.settle();
      assert.deepEqual(owners(world, 'data-web-1'), ['StatefulSet']);
    });
  });

  it('knows only names that it would give', () => {
    const { set } = createWorld();
    assert.equal(ordinalOf(set, 'web-12'), 12);
    for (const name of ['web-01', 'web-', 'web-x', 'other-1', 'web-1-2'])
      assert.equal(ordinalOf(set, name), undefined, name);
  });
});
