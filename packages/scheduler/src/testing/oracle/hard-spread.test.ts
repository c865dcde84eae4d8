import assert from 'node:assert/strict';
import type { Node, Pod, TopologySpreadConstraint } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { nodeWith, podOn, repeat } from './builders.ts';
import type { Labels } from './builders.ts';
import { podTopologySpread } from './spread.ts';

// Expected numbers and names are those of upstream's own tables for the same situations.

describe('the oracle on hard spreading', () => {
  const foo = { matchExpressions: [{ key: 'foo', operator: 'Exists' }] };
  const zoned = (name: string, zone: string) => nodeWith(name, { zone, node: name });
  const nodes = [zoned('a', '1'), zoned('b', '1'), zoned('x', '2'), zoned('y', '2')];
  const withFoo = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).flatMap(([name, times]) =>
      repeat(times, () => podOn(name, { foo: '' })),
    );
  const judge = (
    constraints: readonly Partial<TopologySpreadConstraint>[],
    all: readonly Node[],
    pods: readonly Pod[],
    labels: Labels = { foo: '' },
  ) => {
    const pod = makePod(
      'p',
      {
        topologySpreadConstraints: constraints.map((constraint) => ({
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: foo,
          ...constraint,
        })),
      },
      { metadata: { labels } },
    );
    return all
      .map((node) => podTopologySpread(pod, node, { nodes: all, pods }))
      .map((refusal) => (refusal ? (refusal.resolvable ? 'later' : 'never') : 'fits'));
  };
  const cases = [
    ['nothing runs', [{}], nodes, {}, ['fits', 'fits', 'fits', 'fits']],
    ['zones are even', [{}], nodes, { a: 1, b: 2, x: 1, y: 2 }, ['fits', 'fits', 'fits', 'fits']],
    [
      'a node lacks the key',
      [{}],
      [nodes[0]!, nodeWith('b', { zon: '1', node: 'b' }), nodes[2]!, nodes[3]!],
      { a: 1, b: 1, x: 1, y: 1 },
      ['fits', 'never', 'later', 'later'],
    ],
    [
      'nodes differ',
      [{ topologyKey: 'node' }],
      nodes,
      { a: 2, b: 1, y: 3 },
      ['later', 'later', 'fits', 'later'],
    ],
    [
      'a larger skew',
      [{ topologyKey: 'node', maxSkew: 2 }],
      nodes,
      { a: 2, b: 1, y: 3 },
      ['later', 'fits', 'fits', 'later'],
    ],
    [
      'both keys count',
      [{}, { topologyKey: 'node' }],
      nodes,
      { a: 2, b: 1, y: 3 },
      ['later', 'later', 'fits', 'later'],
    ],
    [
      'fewer domains than asked for',
      [{ minDomains: 3 }],
      nodes,
      { a: 1, x: 1 },
      ['later', 'later', 'later', 'later'],
    ],
    [
      'as many domains as asked for',
      [{ minDomains: 2 }],
      nodes,
      { a: 1, x: 1 },
      ['fits', 'fits', 'fits', 'fits'],
    ],
  ] as const;
  for (const [name, constraints, all, counts, expected] of cases)
    it(`says ${expected.join(', ')} when ${name}`, () => {
      assert.deepEqual(judge(constraints, all, withFoo(counts)), expected);
    });
  it('lets a pod that does not count itself go where it evens nothing', () => {
    assert.deepEqual(judge([{}], nodes, withFoo({ a: 1 }), {}), ['fits', 'fits', 'fits', 'fits']);
  });
  it('tells revisions apart by the keys that must match', () => {
    const counts = [podOn('a', { foo: '', rev: '1' }), podOn('x', { foo: '', rev: '2' })];
    const labels = { foo: '', rev: '1' };
    assert.deepEqual(judge([{ matchLabelKeys: ['rev'] }], nodes, counts, labels), [
      'later',
      'later',
      'fits',
      'fits',
    ]);
  });
});
