import assert from 'node:assert/strict';
import type { LabelSelector, Node, Pod, TopologySpreadConstraint } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { nodeWith, podOn, repeat } from './builders.ts';
import type { Labels } from './builders.ts';
import { spreadScores } from './spread.ts';
import type { World } from './world.ts';

// Expected numbers and names are those of upstream's own tables for the same situations.

const hostname = 'kubernetes.io/hostname';

describe('the oracle on soft spreading', () => {
  const foo = { matchExpressions: [{ key: 'foo', operator: 'Exists' }] };
  const bar = { matchExpressions: [{ key: 'bar', operator: 'Exists' }] };
  const soft = (
    topologyKey: string,
    labelSelector: LabelSelector | undefined,
    maxSkew = 1,
    more: Partial<TopologySpreadConstraint> = {},
  ): TopologySpreadConstraint => ({
    maxSkew,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    ...(labelSelector ? { labelSelector } : {}),
    ...more,
  });
  const host = (name: string, labels: Labels = {}) =>
    nodeWith(name, { [hostname]: name, ...labels });
  const zoned = (name: string, zone: string) => host(name, { zone });
  const withFoo = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).flatMap(([name, times]) =>
      repeat(times, () => podOn(name, { foo: '' })),
    );
  const four = ['a', 'b', 'c', 'd'].map((name) => host(name));
  const spread = (
    constraints: readonly TopologySpreadConstraint[],
    feasible: readonly Node[],
    pods: readonly Pod[],
    {
      others = [],
      labels = { foo: '' },
      spec = {},
    }: {
      readonly others?: readonly Node[];
      readonly labels?: Labels;
      readonly spec?: Partial<Pod['spec']>;
    } = {},
  ) =>
    spreadScores(
      makePod('p', { topologySpreadConstraints: constraints, ...spec }, { metadata: { labels } }),
      feasible,
      { nodes: [...feasible, ...others], pods },
    );

  it('takes all nodes for equal when nothing runs', () =>
    assert.deepEqual(spread([soft(hostname, foo)], four.slice(0, 2), []), [100, 100]));
  it('takes the only candidate', () =>
    assert.deepEqual(
      spread([soft(hostname, foo)], four.slice(0, 1), withFoo({ a: 2, b: 1 }), {
        others: four.slice(1, 2),
      }),
      [100],
    ));
  it('prefers fewer pods per node', () =>
    assert.deepEqual(
      spread([soft(hostname, foo)], four, withFoo({ a: 2, b: 1, d: 3 })),
      [20, 60, 100, 0],
    ));
  it('counts nothing without a selector', () =>
    assert.deepEqual(
      spread([soft(hostname, undefined)], four, withFoo({ a: 2, b: 1, d: 3 })),
      [100, 100, 100, 100],
    ));
  it('tells nodes apart less under a larger skew', () => {
    assert.deepEqual(
      spread([soft(hostname, foo, 2)], four, withFoo({ a: 2, b: 1, d: 3 })),
      [33, 66, 100, 16],
    );
    assert.deepEqual(
      spread([soft(hostname, foo, 3)], four, withFoo({ a: 4, b: 3, c: 2, d: 1 })),
      [44, 66, 77, 100],
    );
  });
  it('spreads the pods of a service though nobody asked for it', () => {
    const pod = makePod('p', {}, { metadata: { labels: { foo: '' } } });
    const pods = withFoo({ a: 4, b: 3, c: 2, d: 1 });
    const metadata = { name: 's', namespace: 'default' };
    const services = [{ metadata, spec: { selector: { foo: '' } } }] as unknown as NonNullable<
      World['services']
    >;
    const world = { nodes: four, pods };
    assert.deepEqual(spreadScores(pod, four, { ...world, services }), [44, 66, 77, 100]);
    assert.deepEqual(spreadScores(pod, four, world), [0, 0, 0, 0]);
  });
  it('weighs nodes among candidates only', () =>
    assert.deepEqual(
      spread([soft(hostname, foo)], four.slice(0, 3), withFoo({ a: 4, b: 2, c: 1, d: 3 }), {
        others: four.slice(3),
      }),
      [33, 83, 100],
    ));
  it('gives nothing to nodes without the key', () =>
    assert.deepEqual(
      spread(
        [soft(hostname, foo)],
        [host('a'), nodeWith('b', { n: 'b' }), host('c')],
        withFoo({ a: 4, b: 2, c: 1, d: 3 }),
        { others: [host('d')] },
      ),
      [16, 0, 100],
    ));
  it('counts zones whole, with nodes that are no candidates', () =>
    assert.deepEqual(
      spread(
        [soft('zone', foo)],
        [zoned('a', '1'), zoned('b', '1'), zoned('x', '2')],
        withFoo({ a: 4, b: 2, x: 1, y: 3 }),
        { others: [zoned('y', '2')] },
      ),
      [75, 75, 100],
    ));
  it('adds up constraints', () =>
    assert.deepEqual(
      spread(
        [soft('zone', foo), soft(hostname, foo)],
        [zoned('a', '1'), zoned('x', '2')],
        withFoo({ a: 2, b: 1, x: 2, y: 4 }),
        { others: [zoned('b', '1'), zoned('y', '2')] },
      ),
      [100, 63],
    ));
  it('counts by each constraint’s own selector', () => {
    const nodes = [zoned('a', '1'), zoned('b', '1'), zoned('x', '2'), zoned('y', '2')];
    const constraints = [soft('zone', foo), soft(hostname, bar)];
    const labels = { foo: '', bar: '' };
    const first = [
      podOn('a', { foo: '' }),
      podOn('b', { foo: '', bar: '' }),
      podOn('y', { foo: '' }),
      podOn('y', { bar: '' }),
    ];
    const second = [
      podOn('b', { bar: '' }),
      podOn('x', { foo: '' }),
      podOn('y', { foo: '', bar: '' }),
    ];
    assert.deepEqual(spread(constraints, nodes, first, { labels }), [60, 20, 100, 60]);
    assert.deepEqual(spread(constraints, nodes, second, { labels }), [100, 60, 40, 0]);
    const others = nodes.slice(3);
    assert.deepEqual(
      spread(constraints, nodes.slice(0, 3), first, { labels, others }),
      [50, 25, 100],
    );
  });
  it('counts its own namespace and pods that stay', () => {
    const stranger = podOn('a', { foo: '' });
    const others = [
      { ...stranger, metadata: { ...stranger.metadata, namespace: 'ns1' } },
      ...withFoo({ a: 1, b: 2 }),
    ];
    assert.deepEqual(spread([soft(hostname, foo)], four.slice(0, 2), others), [100, 33]);
    const going = podOn('a', { foo: '' });
    const leaving = [
      { ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
      ...withFoo({ b: 1 }),
    ];
    assert.deepEqual(spread([soft(hostname, foo)], four.slice(0, 2), leaving), [100, 0]);
  });
  it('honours or ignores affinity and taints as told', () => {
    const own = (name: string, labels: Labels = {}) => nodeWith(name, { node: name, ...labels });
    const nodes = [own('a', { foo: '' }), own('b', { foo: '' }), own('c')];
    const pods = withFoo({ a: 2, b: 1, c: 1 });
    const spec = { nodeSelector: { foo: '' } };
    assert.deepEqual(spread([soft('node', foo)], nodes, pods, { spec }), [0, 33, 100]);
    const ignoring = soft('node', foo, 1, { nodeAffinityPolicy: 'Ignore' });
    assert.deepEqual(spread([ignoring], nodes, pods, { spec }), [66, 100, 100]);
    const tainted = [
      ...nodes.slice(0, 2),
      { ...own('c'), spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } },
    ];
    const honouring = soft('node', foo, 1, { nodeTaintsPolicy: 'Honor' });
    assert.deepEqual(spread([honouring], tainted, pods), [0, 33, 100]);
    assert.deepEqual(spread([soft('node', foo)], tainted, pods), [66, 100, 100]);
  });
});
