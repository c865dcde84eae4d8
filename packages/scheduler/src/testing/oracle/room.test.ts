import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { asking, podOn, sized } from './builders.ts';
import { balancedAllocation, leastAllocated, nodeResourcesFit } from './resources.ts';
import type { World } from './world.ts';

// Expected numbers and names are those of upstream's own tables for the same situations.

describe('the oracle on room', () => {
  const twoContainers = asking({ cpu: '1', memory: '2000' }, { cpu: '2', memory: '3000' });
  const cpuOnly = asking({ cpu: '3', memory: '0' });
  const both = asking({ cpu: '3', memory: '5000' });
  const free = makePod('free', asking({ cpu: '0', memory: '0' }));
  const cases = [
    ['an empty cluster', free, [], ['4', '10000'], ['4', '10000'], [100, 100]],
    [
      'nodes of two sizes',
      makePod('p', twoContainers),
      [],
      ['4', '10000'],
      ['6', '10000'],
      [37, 50],
    ],
    [
      'a pod that asks for nothing',
      free,
      [
        podOn('a', {}, cpuOnly),
        podOn('a', {}, cpuOnly),
        podOn('b', {}, cpuOnly),
        podOn('b', {}, both),
      ],
      ['10', '20000'],
      ['10', '20000'],
      [70, 57],
    ],
    [
      'a pod beside others',
      makePod('p', twoContainers),
      [podOn('a', {}, cpuOnly), podOn('b', {}, both)],
      ['10', '20000'],
      ['10', '20000'],
      [57, 45],
    ],
    [
      'more memory on one node',
      makePod('p', twoContainers),
      [podOn('a', {}, cpuOnly), podOn('b', {}, both)],
      ['10', '20000'],
      ['10', '50000'],
      [57, 60],
    ],
    [
      'more than the node has',
      makePod('p', cpuOnly),
      [podOn('a', {}, cpuOnly), podOn('b', {}, both)],
      ['4', '10000'],
      ['4', '10000'],
      [50, 25],
    ],
    ['nodes without room', free, [podOn('a', {}, cpuOnly)], ['0', '0'], ['0', '0'], [0, 0]],
  ] as const;
  for (const [name, pod, pods, a, b, expected] of cases)
    it(`scores ${name}: ${expected.join(', ')}`, () => {
      const nodes = [sized('a', a[0], a[1]), sized('b', b[0], b[1])];
      const world: World = { nodes, pods };
      assert.deepEqual(
        nodes.map((node) => leastAllocated(pod, node, world)),
        expected,
      );
    });

  const balance = [
    ['nothing changed', asking({ cpu: '2', memory: '2Gi' }), 75],
    ['perfect balance lost', asking({ cpu: '4', memory: '0' }), 50],
    ['no opinion', asking({}), 0],
  ] as const;
  for (const [name, spec, expected] of balance)
    it(`scores the change of balance: ${name}, ${expected}`, () => {
      const node = sized('a', '4', '4Gi');
      assert.equal(
        balancedAllocation(makePod('p', spec), node, { nodes: [node], pods: [] }),
        expected,
      );
    });
  it('scores 100 for perfect imbalance made good', () => {
    const node = sized('a', '4', '4Gi');
    const pods = [podOn('a', {}, asking({ cpu: '4', memory: '0' }))];
    const pod = makePod('p', asking({ cpu: '0', memory: '4Gi' }));
    assert.equal(balancedAllocation(pod, node, { nodes: [node], pods }), 100);
  });

  it('tells what pods may free from what the node never has', () => {
    const node = sized('a', '10m', '20');
    const judge = (cpu: string, memory: string) =>
      nodeResourcesFit(makePod('p', asking({ cpu, memory })), node, {
        nodes: [node],
        pods: [podOn('a', {}, asking({ cpu: '8m', memory: '19' }))],
      });
    assert.equal(judge('1m', '1'), undefined);
    assert.deepEqual(judge('3m', '1'), {
      plugin: 'NodeResourcesFit',
      reasons: ['Insufficient cpu'],
      resolvable: true,
    });
    assert.deepEqual(judge('11m', '2'), {
      plugin: 'NodeResourcesFit',
      reasons: ['Insufficient cpu', 'Insufficient memory'],
      resolvable: false,
    });
  });
});
