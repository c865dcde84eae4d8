import assert from 'node:assert/strict';
import { keyOf, persistentVolumeClaims, persistentVolumes } from '@berth/api';
import type { KubeObject, Pod, ResourceType } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { defaultPlugins } from '../profiles.ts';
import { applyChange, changesOf, firstChanges } from '../testing/histories/changes.ts';
import { arbitraryHistory } from '../testing/histories/history.ts';
import type { History } from '../testing/histories/history.ts';
import { ruleOn } from '../testing/oracle/index.ts';
import type { World } from '../testing/oracle/index.ts';
import { asking, nodeWith, podOn, sized } from '../testing/oracle/builders.ts';
import type { Change, Edit } from './change.ts';
import { suggestChanges } from './suggest-changes.ts';
import { optionsFor } from '../testing/suggest-options.ts';

const plugins = defaultPlugins;

function worldAfter(history: History): World {
  let world: World = { nodes: [], pods: [] };
  for (const change of firstChanges(history)) world = applyChange(world, change);
  for (const [index, step] of history.steps.entries())
    for (const change of changesOf(step, index, world)) world = applyChange(world, change);
  return world;
}

/** Does to API objects what an edit says, as somebody with kubectl would. */
function edited(world: World, pod: Pod, edit: Edit): readonly [World, Pod] {
  switch (edit.kind) {
    case 'pod':
      return [world, edit.to(pod)];
    case 'node': {
      const nodes = world.nodes.map((node) =>
        node.metadata.name === edit.name ? edit.to(node) : node,
      );
      return [{ ...world, nodes }, pod];
    }
    case 'addNode':
      return [{ ...world, nodes: [...world.nodes, edit.node] }, pod];
    case 'removePod':
      return [{ ...world, pods: world.pods.filter((other) => keyOf(other) !== edit.key) }, pod];
    case 'setObject':
      return [withObject(world, edit.type, edit.object), pod];
  }
}

function withObject(world: World, type: ResourceType, object: KubeObject): World {
  const put = <T extends KubeObject>(all: readonly T[] = []) => [
    ...all.filter((other) => keyOf(other) !== keyOf(object)),
    object as T,
  ];
  switch (type.resource) {
    case persistentVolumeClaims.resource:
      return { ...world, claims: put(world.claims) };
    case persistentVolumes.resource:
      return { ...world, volumes: put(world.volumes) };
    default:
      throw new Error(`the world knows no ${type.resource}`);
  }
}

function afterChanges(world: World, pod: Pod, changes: readonly Change[]): readonly [World, Pod] {
  let now: readonly [World, Pod] = [world, pod];
  for (const edit of changes.flatMap(({ edits }) => edits)) now = edited(...now, edit);
  return now;
}

const isPlaceable = (world: World, pod: Pod) => {
  const { feasible } = ruleOn(pod, world);
  return feasible.length > 0 && !pod.spec.schedulingGates?.length;
};

describe('suggestChanges', () => {
  it('says of 200 made-up pods that fit nowhere what makes them fit, and it does', () => {
    let cases = 0;
    const rules = new Set(plugins.map(({ name }) => name));
    const options = {
      rules: new Set([
        ...(rules.has('PodTopologySpread') ? (['spread'] as const) : []),
        ...(rules.has('InterPodAffinity') ? (['affinity'] as const) : []),
        ...(rules.has('VolumeBinding') ? (['volumes'] as const) : []),
      ]),
      steps: 25,
      probes: 6,
    };
    for (let seed = 1; cases < 200; seed += 1) {
      const [history] = fc.sample(arbitraryHistory(options), { seed, numRuns: 1 });
      const world = worldAfter(history!);
      const probes = history!.probes.map((pod, i) => renamed(pod, `probe${i}`));
      for (const pod of probes.filter((probe) => !isPlaceable(world, probe))) {
        cases += 1;
        const [best, ...others] = suggestChanges(pod, optionsFor(world, plugins));
        assert.ok(best, `seed ${seed}: nothing for ${JSON.stringify(pod.spec)}`);
        for (const { changes } of [best, ...others]) {
          const [changedWorld, changedPod] = afterChanges(world, pod, changes);
          const said = changes.map(({ text }) => text).join('; ');
          assert.ok(isPlaceable(changedWorld, changedPod), `seed ${seed}: ${said}`);
          assert.ok(best.changes.length <= changes.length);
          // Each of them is needed.
          for (const left of changes) {
            const rest = changes.filter((change) => change !== left);
            assert.ok(!isPlaceable(...afterChanges(world, pod, rest)), `seed ${seed}: ${said}`);
          }
        }
      }
    }
  });

  describe('names the smallest change', () => {
    const texts = (world: World, pod: Pod) =>
      suggestChanges(pod, optionsFor(world, plugins)).map(({ changes }) =>
        changes.map(({ text }) => text),
      );
    const first = (world: World, pod: Pod) => texts(world, pod)[0];

    it('on the node where least is missing', () => {
      const world: World = {
        nodes: [sized('n1', '1', '4Gi'), sized('n2', '2', '4Gi')],
        pods: [podOn('n1', {}, asking({ cpu: '900m' })), podOn('n2', {}, asking({ cpu: '1750m' }))],
      };
      assert.deepEqual(texts(world, makePod('p', asking({ cpu: '500m' }))), [
        ['ask for 250m of cpu less: 250m instead of 500m'],
        ['free 250m of cpu on node n2, or add as much to it'],
        [`remove pod ${keyOf(world.pods[0]!)}`],
      ]);
    });

    it('a toleration', () => {
      const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }];
      const world: World = { nodes: [makeNode('n1', { taints })], pods: [] };
      assert.deepEqual(first(world, makePod('p')), [
        'add a toleration for the taint gpu=yes:NoSchedule to the pod',
      ]);
    });

    it('a label for a node', () => {
      const world: World = { nodes: [nodeWith('n1')], pods: [] };
      assert.deepEqual(first(world, makePod('p', { nodeSelector: { disk: 'ssd' } })), [
        'label node n1 disk=ssd',
      ]);
    });

    it('letting pods onto a cordoned node', () => {
      const taints = [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }];
      const world: World = { nodes: [makeNode('n1', { unschedulable: true, taints })], pods: [] };
      assert.deepEqual(first(world, makePod('p')), ['let pods onto node n1 again: uncordon it']);
    });

    it('a gate, and what stands behind it', () => {
      const pod = makePod('p', { schedulingGates: [{ name: 'quota' }], nodeSelector: { a: 'b' } });
      assert.deepEqual(first({ nodes: [nodeWith('n1')], pods: [] }, pod), [
        'take the scheduling gate quota from the pod',
        'label node n1 a=b',
      ]);
    });

    it('a node, where there is none', () => {
      const pod = makePod('p', asking({ cpu: '2', memory: '1Gi' }));
      assert.deepEqual(first({ nodes: [], pods: [] }, pod), [
        'add a node with 2 of cpu and 1Gi of memory free',
      ]);
    });
  });
});

const renamed = (pod: Pod, name: string): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, name, uid: `uid-${name}` },
});
