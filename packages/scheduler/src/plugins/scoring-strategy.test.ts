import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';
import { createClusterState } from '../cluster-state.ts';
import type { NodeResourcesFitArgs } from './node-resources-fit.ts';
import { createNodeResourcesFit } from './node-resources-fit.ts';

const gpu = 'example.com/gpu';
const asking = (name: string, requests: Record<string, string>): Pod =>
  makePod(name, { containers: [{ name: 'c', image: 'i', resources: { requests } }] });

/** On a node of 4000m, 10000 bytes and 4 GPUs, half of whose cpu is taken. */
function ask(args: NodeResourcesFitArgs, requests: Record<string, string>) {
  const state = createClusterState();
  state.setNode(
    makeNode(
      'n',
      {},
      { status: { allocatable: { cpu: '4', memory: '10000', pods: '9', [gpu]: '4' } } },
    ),
  );
  state.addPod(state.podInfo(asking('there', { cpu: '2', memory: '1000', [gpu]: '1' })), 'n');
  const plugin = createNodeResourcesFit(args);
  const pod = state.podInfo(asking('p', requests));
  const node = state.node('n')!;
  return {
    score: plugin.score!.prepare(pod, state)!(node),
    verdict: plugin.filter!(pod, state)!(node),
  };
}
const curve = (resources: readonly { name: string; weight: number }[], ...points: number[][]) => ({
  scoringStrategy: {
    type: 'RequestedToCapacityRatio' as const,
    resources,
    requestedToCapacityRatio: {
      shape: points.map(([utilization = 0, score = 0]) => ({ utilization, score })),
    },
  },
});
const only = (name: string) => [{ name, weight: 1 }];

describe('the scoring strategies of NodeResourcesFit', () => {
  const half = { cpu: '1', memory: '4000' };
  const cases: readonly (readonly [
    string,
    NodeResourcesFitArgs,
    Record<string, string>,
    number,
  ])[] = [
    ['the emptier the better, unless told otherwise', {}, half, 37],
    ['the fuller the better', { scoringStrategy: { type: 'MostAllocated' } }, half, 62],
    [
      'by weights',
      {
        scoringStrategy: {
          type: 'LeastAllocated',
          resources: [
            { name: 'cpu', weight: 3 },
            { name: 'memory', weight: 1 },
          ],
        },
      },
      half,
      31,
    ],
    [
      'extended resources of pods that ask for them',
      { scoringStrategy: { type: 'MostAllocated', resources: only(gpu) } },
      { [gpu]: '2' },
      75,
    ],
    [
      'extended resources of no other pod',
      { scoringStrategy: { type: 'MostAllocated', resources: only(gpu) } },
      { cpu: '1' },
      0,
    ],
    ['along a curve', curve(only('cpu'), [0, 0], [100, 10]), half, 75],
    ['along a curve that falls', curve(only('cpu'), [0, 10], [100, 0]), half, 25],
    ['between the points of a curve', curve(only('cpu'), [50, 2], [90, 10]), half, 70],
    ['before the first point', curve(only('memory'), [60, 5], [100, 0]), half, 50],
    ['past the node’s end as at its end', curve(only('cpu'), [0, 0], [100, 3]), { cpu: '8' }, 30],
    [
      'without what scores nothing',
      curve([...only('cpu'), ...only('memory')], [0, 0], [70, 0], [80, 10]),
      half,
      50,
    ],
  ];
  for (const [what, args, requests, expected] of cases)
    it(`score ${what}: ${expected}`, () => {
      assert.equal(ask(args, requests).score, expected);
    });

  it('leaves out what is to be ignored, and nothing of Kubernetes’ own', () => {
    const many = { [gpu]: '9' };
    assert.equal(ask({}, many).verdict.ok, false);
    assert.equal(ask({ ignoredResources: [gpu] }, many).verdict.ok, true);
    assert.equal(ask({ ignoredResourceGroups: ['example.com'] }, many).verdict.ok, true);
    assert.equal(ask({ ignoredResources: ['cpu'] }, { cpu: '9' }).verdict.ok, false);
  });
  it('tells what no leaving pod can make good', () => {
    const { verdict } = ask({}, { cpu: '9', memory: '9500' });
    assert.deepEqual(verdict, {
      ok: false,
      reasons: ['Insufficient cpu', 'Insufficient memory'],
      resolvable: false,
    });
    assert.equal(
      (ask({}, { memory: '9500' }).verdict as { resolvable?: boolean }).resolvable,
      true,
    );
  });
});
