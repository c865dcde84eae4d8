import assert from 'node:assert/strict';
import { makeNode, makeMetadata } from '@berth/api/testing';
import { nodeRows, podRows } from './usage-table.ts';

const measured = (name: string, cpu: string, memory: string) => ({
  metadata: makeMetadata(name),
  usage: { cpu, memory },
  containers: [
    { name: 'a', usage: { cpu, memory } },
    { name: 'b', usage: { cpu: '1500000n', memory: '1Mi' } },
  ],
});

describe('nodeRows', () => {
  it('shows shares of what can be given to pods, and nodes that say nothing last', () => {
    const nodes = [makeNode('quiet'), makeNode('n')];
    assert.deepEqual(nodeRows([measured('n', '1', '2Gi')], nodes, 'name'), [
      ['n', '1000m', '25%', '2048Mi', '25%'],
      ['quiet', '<unknown>', '<unknown>', '<unknown>', '<unknown>'],
    ]);
  });
});

describe('podRows', () => {
  const pods = [measured('x', '10m', '64Mi'), measured('y', '20m', '32Mi')];
  const options = { withNamespace: false, perContainer: false, sortKey: 'name' } as const;

  it('adds containers up, rounding CPU up and memory down', () => {
    assert.deepEqual(podRows(pods, options), [
      ['x', '12m', '65Mi'],
      ['y', '22m', '33Mi'],
    ]);
  });

  it('puts the hungriest first when asked', () => {
    const first = (sortKey: 'cpu' | 'memory') => podRows(pods, { ...options, sortKey })[0]?.[0];
    assert.deepEqual([first('cpu'), first('memory')], ['y', 'x']);
  });

  it('shows containers by themselves', () => {
    assert.deepEqual(podRows([pods[0]!], { ...options, withNamespace: true, perContainer: true }), [
      ['default', 'x', 'a', '10m', '64Mi'],
      ['default', 'x', 'b', '2m', '1Mi'],
    ]);
  });
});
