import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';
import { createPreemptionPlanner } from '../preemption/plan-preemption.ts';
import { defaultPlugins } from '../profiles.ts';
import { asking, podOn, sized } from '../testing/oracle/builders.ts';
import type { World } from '../testing/oracle/index.ts';
import { explainPlacement } from './explain-placement.ts';
import { optionsFor } from '../testing/suggest-options.ts';

function explain(world: World, pod: Pod) {
  const options = optionsFor(world, defaultPlugins);
  const preemption = createPreemptionPlanner({
    ...{ state: options.state, engine: options.engine },
    plugins: defaultPlugins,
  });
  return explainPlacement(pod, { ...options, preemption, isOurs: () => true }).status;
}

describe('explainPlacement', () => {
  const taints = [{ key: 'gpu', effect: 'NoSchedule' }];
  const small = sized('small', '1', '1Gi');
  const world: World = {
    nodes: [{ ...small, spec: { taints } }, sized('large', '2', '1Gi')],
    pods: [podOn('large', {}, asking({ cpu: '1500m' }))],
  };

  it('says of every node which plugins refuse it, and what is missing there', () => {
    const status = explain(world, makePod('p', asking({ cpu: '1500m', memory: '128Mi' })));
    assert.equal(status.outcome, 'Unschedulable');
    assert.match(status.message, /^0\/2 nodes are available: /);
    const [large, other] = status.nodes;
    assert.deepEqual(large, {
      name: 'large',
      fits: false,
      refusals: [
        {
          plugin: 'NodeResourcesFit',
          reasons: ['Insufficient cpu'],
          preemptionMayHelp: true,
          resources: [{ resource: 'cpu', requested: '1500m', free: '500m', allocatable: '2' }],
        },
      ],
    });
    assert.deepEqual(
      other?.refusals?.map(({ plugin }) => plugin),
      ['TaintToleration', 'NodeResourcesFit'],
    );
    assert.deepEqual(status.suggestions?.[0]?.changes[0]?.edits, [
      {
        action: 'patch',
        target: { kind: 'Pod', namespace: 'default', name: 'p' },
        body: {
          spec: {
            containers: [{ name: 'c0', resources: { requests: { cpu: '500m', memory: '128Mi' } } }],
          },
        },
      },
    ]);
  });

  it('gives the scores of the chosen node and the runner-up, also of a pod that is there', () => {
    const nodes = [sized('a', '4', '8Gi'), sized('b', '2', '8Gi'), sized('c', '1', '1Gi')];
    const pod = podOn('b', {}, asking({ cpu: '500m' }));
    const bound = explain({ nodes, pods: [pod] }, pod);
    assert.deepEqual([bound.outcome, bound.node, bound.runnerUp], ['Bound', 'b', 'a']);
    assert.deepEqual(
      bound.nodes.map(({ name }) => name),
      ['b', 'a', 'c'],
    );
    for (const { scores = {}, total } of bound.nodes) {
      assert.ok('NodeResourcesFit' in scores);
      assert.equal(
        Object.values(scores).reduce((sum, score) => sum + score, 0),
        total,
      );
    }
    const waiting = explain({ nodes, pods: [] }, makePod('p', asking({ cpu: '500m' })));
    assert.deepEqual(
      [waiting.outcome, waiting.node, waiting.suggestions],
      ['Schedulable', 'a', undefined],
    );
  });

  it('knows gates and the will to send nobody away', () => {
    const gated = makePod('p', { schedulingGates: [{ name: 'quota' }] });
    const { outcome, message } = explain({ nodes: [makeNode('n')], pods: [] }, gated);
    assert.deepEqual([outcome, message], ['Gated', 'waiting for scheduling gates: [quota]']);
    const polite = makePod('p', { ...asking({ cpu: '9' }), preemptionPolicy: 'Never' });
    assert.match(explain(world, polite).preemption?.message ?? '', /preemptionPolicy=Never/);
    const important = makePod('p', { ...asking({ cpu: '2' }), priority: 9 });
    const { preemption } = explain(world, important);
    assert.deepEqual(
      [preemption?.node, preemption?.victims?.map(({ name }) => name)],
      ['large', world.pods.map(({ metadata }) => metadata.name)],
    );
  });
});
