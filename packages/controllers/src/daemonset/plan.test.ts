import assert from 'node:assert/strict';
import type { DaemonSetSpec, Node, NodeSpec, Pod } from '@berth/api';
import { createdAt, makeDaemonSet, makeMetadata, makeNode, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { draftDaemonPod, targetNodeOf } from './draft-pod.ts';
import { eligibilityOf } from './eligible.ts';
import { planDaemonSet } from './plan.ts';

const now = Date.parse(createdAt) + 3_600_000;

/** A set, nodes, and pods that do as the test says. */
function createWorld(nodes: readonly Node[], spec: Partial<DaemonSetSpec> = {}) {
  const set = makeDaemonSet('d', spec);
  let pods: readonly Pod[] = [];
  let hash = 'v1';
  let made = 0;
  const world = {
    get pods() {
      return pods;
    },
    updateTo: (next: string) => void (hash = next),
    staying: () => pods.filter(({ metadata }) => !metadata.deletionTimestamp),
    ready: (which: (pod: Pod) => boolean = () => true) => {
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: createdAt }];
      pods = pods.map((pod) =>
        which(pod) ? { ...pod, status: { phase: 'Running', conditions } } : pod,
      );
    },
    end: (name: string, phase: string) => {
      pods = pods.map((pod) => (pod.metadata.name === name ? { ...pod, status: { phase } } : pod));
    },
    tidy: () => void (pods = world.staying()),
    plan: (backoffMs = 0) =>
      planDaemonSet({ set, pods, nodes, hash, backoffOf: () => backoffMs, now }),
    pass() {
      const plan = world.plan();
      const gone = new Set(plan.remove);
      pods = pods.map((pod) =>
        gone.has(pod)
          ? { ...pod, metadata: { ...pod.metadata, deletionTimestamp: createdAt } }
          : pod,
      );
      for (const nodeName of plan.create) {
        made += 1;
        const draft = draftDaemonPod(set, nodeName, hash);
        const metadata = makeMetadata(`p${made}`, draft.metadata);
        pods = [...pods, { ...makePod('x'), ...draft, metadata, status: { phase: 'Pending' } }];
      }
      return plan;
    },
    settle() {
      for (let i = 0; i < 100; i += 1) {
        world.tidy();
        world.ready();
        const { create, remove } = world.pass();
        if (create.length + remove.length === 0) return;
      }
      assert.fail('does not settle');
    },
    targets: () =>
      world
        .staying()
        .map((pod) => targetNodeOf(pod))
        .sort(),
  };
  return world;
}

const nodes = (count: number, spec: NodeSpec = {}) =>
  Array.from({ length: count }, (_, i) => makeNode(`n${i}`, spec));
const isReady = ({ metadata, status }: Pod) =>
  !metadata.deletionTimestamp && status?.conditions?.[0]?.status === 'True';
const share = fc.oneof(
  fc.integer({ min: 0, max: 4 }),
  fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
);
const countOf = (value: number | string, total: number) =>
  typeof value === 'number' ? value : Math.ceil((Number(value.slice(0, -1)) * total) / 100);

describe('a daemon set', () => {
  it('updates every node, and no more at once than may be missing or doubled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        share,
        fc.boolean(),
        fc.array(fc.nat(20), { maxLength: 40 }),
        (count, value, surges, readies) => {
          const bound = countOf(value, count);
          const doubles = surges && bound > 0;
          const rollingUpdate = surges
            ? { maxSurge: value, maxUnavailable: 0 }
            : { maxSurge: 0, maxUnavailable: value };
          const world = createWorld(nodes(count), {
            updateStrategy: { type: 'RollingUpdate', rollingUpdate },
          });
          world.settle();
          world.updateTo('v2');
          const most = Math.max(1, bound);
          for (const which of readies) {
            world.pass();
            world.tidy();
            const { length } = world.staying().filter(isReady);
            if (doubles) {
              assert.equal(new Set(world.staying().filter(isReady).map(targetNodeOf)).size, count);
              assert.ok(world.staying().length <= count + most);
            } else {
              assert.ok(length >= count - most, `${length} of ${count}`);
              assert.ok(world.staying().length <= count);
            }
            const pod = world.staying()[which];
            if (pod) world.ready((each) => each.metadata.uid === pod.metadata.uid);
          }
          world.settle();
          assert.equal(world.staying().length, count);
          const status = world.plan().status;
          assert.deepEqual(
            [status.updatedNumberScheduled, status.numberAvailable, status.numberUnavailable],
            [count, count, undefined],
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('leaves old pods until they are deleted, if that is the strategy', () => {
    const world = createWorld(nodes(2), { updateStrategy: { type: 'OnDelete' } });
    world.settle();
    world.updateTo('v2');
    assert.deepEqual([world.plan().create, world.plan().remove], [[], []]);
    assert.equal(world.plan().status.updatedNumberScheduled, undefined);
  });

  it('replaces pods that ended, but leaves a node alone for some time where they do again and again', () => {
    const world = createWorld(nodes(1));
    world.settle();
    world.end('p1', 'Failed');
    const paused = world.plan(5_000);
    assert.deepEqual([paused.remove, paused.lookAfterMs], [[], 5_000]);
    const { remove, ended } = world.plan();
    assert.deepEqual(
      remove.map(({ metadata }) => metadata.name),
      ['p1'],
    );
    assert.deepEqual(
      ended.map(({ nodeName }) => nodeName),
      ['n0'],
    );
    world.settle();
    assert.deepEqual(world.targets(), ['n0']);
  });

  it('keeps the oldest of several pods on a node, and none where none should be', () => {
    const fitting = makeNode('n0', {}, { metadata: { labels: { disk: 'ssd' } } });
    const template = {
      metadata: { labels: { app: 'd' } },
      spec: { containers: [], nodeSelector: { disk: 'ssd' } },
    };
    const world = createWorld([fitting, makeNode('n1')], { template });
    world.settle();
    assert.deepEqual(world.targets(), ['n0']);
    assert.equal(world.plan().status.desiredNumberScheduled, 1);
  });
});

describe('eligibilityOf', () => {
  const set = makeDaemonSet('d');
  const tainted = (key: string, effect: string) =>
    eligibilityOf(set, makeNode('n', { taints: [{ key, effect }] }));
  it('lets pods run on nodes that are not well, and keeps them where they are on nodes that refuse new ones', () => {
    const sick = tainted('node.kubernetes.io/not-ready', 'NoExecute');
    assert.deepEqual(sick, { shouldRun: true, mayStay: true });
    const cordoned = tainted('node.kubernetes.io/unschedulable', 'NoSchedule');
    assert.deepEqual(cordoned, { shouldRun: true, mayStay: true });
    assert.deepEqual(tainted('mine', 'NoSchedule'), { shouldRun: false, mayStay: true });
    assert.deepEqual(tainted('mine', 'NoExecute'), { shouldRun: false, mayStay: false });
    assert.deepEqual(tainted('mine', 'PreferNoSchedule'), { shouldRun: true, mayStay: true });
  });
});
