import assert from 'node:assert/strict';
import type { Deployment, Draft, ReplicaSet } from '@berth/api';
import { createdAt, makeDeployment, makeReplicaSet } from '@berth/api/testing';
import fc from 'fast-check';
import { planDeployment } from './plan.ts';
import type { DeploymentPlan } from './plan.ts';
import { bounds } from './replica-counts.ts';
import { findNewReplicaSet, hashLabel, revisionAnnotation, revisionOf } from './revisions.ts';
import { isComplete } from './status.ts';

const now = Date.parse(createdAt);
const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image }] },
});
const deploying = (image: string, spec: Partial<Deployment['spec']> = {}): Deployment =>
  makeDeployment('web', {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    ...spec,
    template: template(image),
  });

/** The sets and what became of their pods: a world just big enough for a rollout. */
function world(initial: readonly ReplicaSet[] = []) {
  let sets = [...initial];
  let made = 0;
  const stored = (draft: Draft<ReplicaSet>): ReplicaSet => {
    made += 1;
    const { spec, metadata } = draft;
    return makeReplicaSet(metadata.name ?? '', spec, {
      metadata: {
        ...metadata,
        uid: `uid-${made}`,
        creationTimestamp: new Date(now + made * 1000).toISOString(),
      },
      status: { replicas: 0 },
    });
  };
  return {
    sets: () => sets,
    apply({ actions }: DeploymentPlan) {
      for (const action of actions) {
        if (action.kind === 'createSet') sets = [...sets, stored(action.draft)];
        if (action.kind === 'updateSet') {
          sets = sets.map((set) =>
            set.metadata.name === action.set.metadata.name
              ? { ...action.set, ...(set.status && { status: set.status }) }
              : set,
          );
        }
        if (action.kind === 'removeSet') sets = sets.filter((set) => set !== action.set);
      }
    },
    /** Pods follow the spec: all of them, or as many as `ready` says. Statuses of sets that are not `heard` of lag behind. */
    run(ready: (set: ReplicaSet) => number, heard: (set: ReplicaSet) => boolean = () => true) {
      sets = sets.map((set) => {
        if (!heard(set)) return set;
        const replicas = set.spec.replicas ?? 0;
        const availableReplicas = Math.min(replicas, ready(set));
        const { generation } = set.metadata;
        return {
          ...set,
          status: {
            replicas,
            readyReplicas: availableReplicas,
            availableReplicas,
            ...(generation !== undefined && { observedGeneration: generation }),
          },
        };
      });
    },
  };
}

const plan = (deployment: Deployment, sets: readonly ReplicaSet[], oldPodsLeft = 0) =>
  planDeployment({ deployment, sets, oldPodsLeft: () => oldPodsLeft, now });
/** Rolled out, and at rest. */
function settled(deployment: Deployment) {
  const here = world();
  here.apply(plan(deployment, here.sets()));
  here.run(() => Infinity);
  here.apply(plan(deployment, here.sets()));
  return here;
}
const sum = (sets: readonly ReplicaSet[], read: (set: ReplicaSet) => number | undefined) =>
  sets.reduce((total, set) => total + (read(set) ?? 0), 0);

describe('planDeployment', () => {
  it('makes the first set with the template, a hash and revision 1', () => {
    const { actions, revision } = plan(deploying('a'), []);
    assert.equal(revision, 1);
    assert.equal(actions.length, 1);
    const [action] = actions;
    assert.ok(action?.kind === 'createSet');
    const { metadata, spec } = action.draft;
    const hash = metadata.labels?.[hashLabel] ?? '';
    assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]+$/);
    assert.equal(metadata.name, `web-${hash}`);
    assert.equal(spec.replicas, 3);
    assert.equal(spec.selector.matchLabels?.[hashLabel], hash);
    assert.equal(spec.template?.metadata?.labels?.[hashLabel], hash);
    assert.equal(metadata.annotations?.[revisionAnnotation], '1');
  });

  const share = fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.constantFrom('0%', '25%', '50%', '100%'),
  );
  const rollout = fc.record({
    replicas: fc.integer({ min: 0, max: 12 }),
    maxSurge: share,
    maxUnavailable: share,
    luck: fc.infiniteStream(fc.nat(12)),
  });

  it('keeps a rolling update within its bounds at every step, and completes it', () => {
    fc.assert(
      fc.property(rollout, ({ replicas, maxSurge, maxUnavailable, luck }) => {
        const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
        const before = deploying('a', { replicas, strategy });
        const here = settled(before);

        const after = deploying('b', { replicas, strategy });
        const limit = bounds(after);
        for (let step = 0; step < 200; step += 1) {
          here.apply(plan(after, here.sets()));
          const wanted = sum(here.sets(), ({ spec }) => spec.replicas);
          assert.ok(wanted <= replicas + limit.maxSurge, `${wanted} pods wanted`);
          const newSet = findNewReplicaSet(after, here.sets());
          // Pods of the new template become ready when luck has it; old ones stay ready.
          const lucky = step > 150 ? Infinity : (luck.next().value as number);
          here.run((set) => (set === newSet ? lucky : Infinity));
          const surviving = sum(
            here.sets().filter((set) => set !== newSet),
            ({ spec }) => spec.replicas,
          );
          const serving = surviving + (newSet?.status?.availableReplicas ?? 0);
          if (step > 150) continue;
          const worst = replicas - limit.maxUnavailable;
          const everReady = newSet?.status?.availableReplicas ?? 0;
          // What was counted available a step ago may since have failed; old pods alone are promised.
          assert.ok(serving >= Math.min(worst, surviving + everReady), `${serving} pods serve`);
        }
        assert.ok(isComplete(after, plan(after, here.sets()).status));
      }),
      { numRuns: 60 },
    );
  });

  it('never lets fewer pods serve than promised while new ones never become ready', () => {
    fc.assert(
      fc.property(rollout, ({ replicas, maxSurge, maxUnavailable }) => {
        const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
        const here = settled(deploying('a', { replicas, strategy }));
        const after = deploying('broken', { replicas, strategy });
        for (let step = 0; step < 40; step += 1) {
          here.apply(plan(after, here.sets()));
          const newSet = findNewReplicaSet(after, here.sets());
          here.run((set) => (set === newSet ? 0 : Infinity));
          const serving = sum(here.sets(), ({ status }) => status?.availableReplicas);
          assert.ok(serving >= replicas - bounds(after).maxUnavailable, `${serving} serve`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lets no fewer pods serve than promised while statuses of old sets are behind', () => {
    fc.assert(
      fc.property(rollout, ({ replicas, maxSurge, maxUnavailable, luck }) => {
        const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
        const here = settled(deploying('a', { replicas, strategy }));
        const after = deploying('b', { replicas, strategy });
        const isNew = (set: ReplicaSet) => set === findNewReplicaSet(after, here.sets());
        let ready = 0;
        for (let step = 0; step < 60; step += 1) {
          here.apply(plan(after, here.sets()));
          ready += (luck.next().value as number) % 2;
          here.run(() => ready, isNew);
          const serving = sum(here.sets(), (set) =>
            isNew(set) ? set.status?.availableReplicas : set.spec.replicas,
          );
          assert.ok(serving >= replicas - bounds(after).maxUnavailable, `${serving} serve`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('makes no more pods than surge allows, however late old sets shrink', () => {
    fc.assert(
      fc.property(rollout, ({ replicas, maxSurge, maxUnavailable, luck }) => {
        const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
        const here = settled(deploying('a', { replicas, strategy }));
        const after = (step: number) => deploying(step < 100 ? 'b' : 'a', { replicas, strategy });
        for (let step = 0; step < 200; step += 1) {
          here.apply(plan(after(step), here.sets()));
          // A set that has not been heard of has all the pods that it had.
          const pods = sum(here.sets(), ({ spec, status }) =>
            Math.max(spec.replicas ?? 0, status?.replicas ?? 0),
          );
          const most = replicas + bounds(after(step)).maxSurge;
          assert.ok(pods <= most, `${pods} pods, and not ${most}`);
          const heard = luck.next().value as number;
          const newSet = findNewReplicaSet(after(step), here.sets());
          here.run(
            () => Infinity,
            (set) => heard % (set === newSet ? 2 : 3) === 0,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does not grow before an old set has acted on its count, unless that set goes', () => {
    const here = world();
    here.apply(plan(deploying('a'), here.sets()));
    here.run(() => Infinity);
    here.apply(plan(deploying('b'), here.sets()));
    here.run(() => Infinity);
    const old = here.sets().find((set) => set !== findNewReplicaSet(deploying('b'), here.sets()))!;
    // It has lost a pod on command; its status was written before that.
    const shrunk = { ...old, spec: { ...old.spec, replicas: 2 } };
    const metadata = { ...old.metadata, generation: 2 };
    const goes = { ...metadata, deletionTimestamp: createdAt };
    const countsOf = (set: ReplicaSet) =>
      plan(deploying('b'), [...here.sets().filter((other) => other !== old), set]).actions.flatMap(
        (action) => (action.kind === 'updateSet' ? [action.set.spec.replicas] : []),
      );
    const status = { ...old.status!, replicas: 2, observedGeneration: 1 };
    assert.deepEqual(countsOf({ ...shrunk, metadata, status }), []);
    assert.deepEqual(countsOf({ ...shrunk, metadata: goes, status }), [2]);
    const acted = { ...status, observedGeneration: 2 };
    assert.deepEqual(countsOf({ ...shrunk, metadata, status: acted }), [2]);
  });

  it('goes back to an old set on rollback, under a new revision', () => {
    const here = world();
    const settle = (deployment: Deployment) => {
      for (let i = 0; i < 20; i += 1) {
        here.apply(plan(deployment, here.sets()));
        here.run(() => Infinity);
      }
    };
    settle(deploying('a'));
    settle(deploying('b'));
    settle(deploying('a'));
    assert.equal(here.sets().length, 2);
    const current = findNewReplicaSet(deploying('a'), here.sets())!;
    assert.equal(revisionOf(current), 3);
    assert.equal(current.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1');
    assert.equal(current.spec.replicas, 3);
  });

  it('scales a paused deployment in the middle of a rollout in proportion', () => {
    const here = world();
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    const spec = { replicas: 10, strategy };
    here.apply(plan(deploying('a', spec), here.sets()));
    here.run(() => Infinity);
    here.apply(plan(deploying('a', spec), here.sets()));
    const rolling = deploying('b', spec);
    for (let i = 0; i < 3; i += 1) {
      here.apply(plan(rolling, here.sets()));
      here.run((set) => (set.spec.template?.spec?.containers[0]?.image === 'b' ? 0 : Infinity));
    }
    const before = sum(here.sets(), (set) => set.spec.replicas);
    assert.equal(before, 13);
    here.apply(plan(deploying('b', { ...spec, replicas: 15, paused: true }), here.sets()));
    assert.equal(
      sum(here.sets(), (set) => set.spec.replicas),
      18,
    );
    assert.ok(here.sets().every((set) => (set.spec.replicas ?? 0) > 5));
  });

  it('recreates only after the last old pod is gone', () => {
    const strategy = { type: 'Recreate' };
    const here = world();
    here.apply(plan(deploying('a', { strategy }), here.sets()));
    here.run(() => Infinity);
    const next = deploying('b', { strategy });
    const first = plan(next, here.sets(), 3);
    assert.deepEqual(
      first.actions.map(({ kind }) => kind),
      ['updateSet'],
    );
    here.apply(first);
    here.run(() => 0);
    assert.deepEqual(plan(next, here.sets(), 1).actions, []);
    assert.deepEqual(
      plan(next, here.sets(), 0).actions.map(({ kind }) => kind),
      ['createSet'],
    );
  });

  it('keeps as many old sets as the history limit says', () => {
    const here = world();
    for (const image of ['a', 'b', 'c', 'd', 'e']) {
      for (let i = 0; i < 20; i += 1) {
        here.apply(plan(deploying(image, { revisionHistoryLimit: 2 }), here.sets()));
        here.run(() => Infinity);
      }
    }
    assert.deepEqual(here.sets().map(revisionOf), [3, 4, 5]);
  });

  it('says when a rollout has made no progress for too long', () => {
    const here = world();
    const deployment = deploying('a', { progressDeadlineSeconds: 10 });
    const first = plan(deployment, here.sets());
    here.apply(first);
    const later = planDeployment({
      deployment: { ...deployment, status: first.status },
      sets: here.sets(),
      oldPodsLeft: () => 0,
      now: now + 10_000,
    });
    const progressing = later.status.conditions?.find(({ type }) => type === 'Progressing');
    assert.equal(progressing?.status, 'False');
    assert.equal(progressing.reason, 'ProgressDeadlineExceeded');
  });

  it('asks for nothing once all is as it should be', () => {
    const here = world();
    const deployment = deploying('a');
    for (let i = 0; i < 5; i += 1) {
      here.apply(plan(deployment, here.sets()));
      here.run(() => Infinity);
    }
    assert.deepEqual(plan(deployment, here.sets()).actions, []);
  });
});
