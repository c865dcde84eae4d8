import assert from 'node:assert/strict';
import type { Pod, PodDisruptionBudget } from '@berth/api';
import { makeMetadata, makePod } from '@berth/api/testing';
import { asking, sized } from './builders.ts';
import type { Labels } from './builders.ts';
import { preemptFor, ruleOn } from './index.ts';
import type { World } from './world.ts';

// Expected numbers and names are those of upstream's own tables for the same situations.

describe('the oracle on preemption', () => {
  const [low, mid, high] = [0, 100, 1000];
  const sizes = {
    small: { cpu: '100m', memory: '100' },
    medium: { cpu: '200m', memory: '200' },
    large: { cpu: '300m', memory: '300' },
    veryLarge: { cpu: '500m', memory: '500' },
  };
  type Size = keyof typeof sizes;
  const node = (name: string, labels: Labels = {}) => {
    const made = sized(name, '500m', '500');
    return { ...made, metadata: { ...made.metadata, labels: { hostname: name, ...labels } } };
  };
  const member = (
    name: string,
    nodeName: string,
    priority: number,
    size: Size | undefined,
    {
      start = 0,
      labels = {},
      spec = {},
    }: {
      readonly start?: number;
      readonly labels?: Labels;
      readonly spec?: Partial<Pod['spec']>;
    } = {},
  ) =>
    makePod(
      name,
      { nodeName, priority, ...asking(size ? sizes[size] : {}), ...spec },
      { metadata: { labels }, status: { startTime: `2026-01-01T00:00:0${start}Z` } },
    );
  const incoming = (size: Size | undefined, spec: Partial<Pod['spec']> = {}, labels: Labels = {}) =>
    makePod(
      'p',
      { priority: high, ...asking(size ? sizes[size] : {}), ...spec },
      { metadata: { labels } },
    );
  const preempt = (pod: Pod, world: World) => {
    const result = preemptFor(pod, world, ruleOn(pod, world));
    if (result.kind === 'impossible') return result.message;
    return result.evictions.map(({ nodeName, victims, violations }) => [
      nodeName,
      victims
        .map(({ metadata }) => metadata.name)
        .sort()
        .join(' '),
      violations,
    ]);
  };
  const best = (pod: Pod, world: World) => {
    const result = preemptFor(pod, world, ruleOn(pod, world));
    return result.kind === 'evict' ? [...result.best] : [];
  };
  const [one, two, three] = [node('node1'), node('node2'), node('node3')];

  it('takes nothing from pods that are more important', () => {
    const world = {
      nodes: [one, two],
      pods: [member('p1', 'node1', mid, 'large'), member('p2', 'node2', mid, 'large')],
    };
    const pod = { ...incoming('large'), spec: { ...incoming('large').spec, priority: low } };
    assert.equal(
      preempt(pod, world),
      'preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    );
  });
  it('leaves a small pod of lower priority where a larger one must go', () => {
    const pods = [
      member('p1.1', 'node1', low, 'small'),
      member('p1.2', 'node1', mid, 'large'),
      member('p2', 'node2', mid, 'large'),
    ];
    assert.deepEqual(preempt(incoming('large'), { nodes: [one, two], pods }), [
      ['node1', 'p1.2', 0],
      ['node2', 'p2', 0],
    ]);
  });
  it('takes the pod that started later among equals', () => {
    const pods = [
      member('p1.1', 'node1', low, 'small', { start: 5 }),
      member('p1.2', 'node1', low, 'small', { start: 4 }),
      member('p1.3', 'node1', mid, 'medium', { start: 3 }),
      member('p1.4', 'node1', high, 'small', { start: 2 }),
      member('p2', 'node2', high, 'large', { start: 1 }),
    ];
    assert.deepEqual(preempt(incoming('large'), { nodes: [one, two], pods }), [
      ['node1', 'p1.1 p1.3', 0],
    ]);
  });
  it('takes the pod that keeps others away', () => {
    const foo = { matchExpressions: [{ key: 'foo', operator: 'Exists' }] };
    const affinity = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: foo, topologyKey: 'hostname' },
        ],
      },
    };
    const pods = [
      member('p1.1', 'node1', low, 'small', { labels: { foo: '' }, spec: { affinity } }),
      member('p1.2', 'node1', mid, 'small'),
      member('p1.3', 'node1', high, 'small'),
    ];
    assert.deepEqual(preempt(incoming('small', {}, { foo: '' }), { nodes: [one], pods }), [
      ['node1', 'p1.1', 0],
    ]);
  });
  it('makes room in the domains that are too full', () => {
    const constraint = (topologyKey: string) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchExpressions: [{ key: 'foo', operator: 'Exists' }] },
    });
    const labels = { foo: '' };
    const pod = incoming(
      undefined,
      { topologySpreadConstraints: [constraint('zone'), constraint('hostname')] },
      labels,
    );
    const nodes = [
      node('node-a', { zone: 'zone1' }),
      node('node-b', { zone: 'zone1' }),
      node('node-x', { zone: 'zone2' }),
    ];
    const pods = [
      member('pod-a1', 'node-a', mid, undefined, { labels }),
      member('pod-a2', 'node-a', low, undefined, { labels }),
      member('pod-b1', 'node-b', low, undefined, { labels }),
      member('pod-x1', 'node-x', high, undefined, { labels }),
      member('pod-x2', 'node-x', high, undefined, { labels }),
    ];
    assert.deepEqual(preempt(pod, { nodes, pods }), [
      ['node-a', 'pod-a2', 0],
      ['node-b', 'pod-b1', 0],
    ]);
  });

  const labels = { app: 'foo' };
  const budget = (disruptionsAllowed: number, disrupted: readonly string[] = []) =>
    ({
      metadata: makeMetadata('b'),
      spec: { selector: { matchLabels: labels } },
      status: {
        currentHealthy: 1,
        desiredHealthy: 1,
        expectedPods: 1,
        disruptionsAllowed,
        disruptedPods: Object.fromEntries(disrupted.map((name) => [name, '2026-01-01T00:00:00Z'])),
      },
    }) satisfies PodDisruptionBudget;
  const budgets = [
    [2, [], 1],
    [2, ['p2'], 1],
    [2, ['p1.2'], 0],
    [3, ['p1.3'], 1],
  ] as const;
  for (const [pods, disrupted, violations] of budgets)
    it(`counts ${violations} violations of a budget of 1 by ${pods} pods, ${disrupted.join()} being processed`, () => {
      const names = ['p1.1', 'p1.2', 'p1.3'].slice(0, pods);
      const world = {
        nodes: [one],
        pods: names.map((name, i) => member(name, 'node1', mid, 'medium', { labels, start: i })),
        disruptionBudgets: [budget(1, disrupted)],
      };
      assert.deepEqual(preempt(incoming('veryLarge'), world), [
        ['node1', names.join(' '), violations],
      ]);
    });

  const choices = [
    [
      'either of two alike',
      'large',
      [member('p1', 'node1', mid, 'large'), member('p2', 'node2', mid, 'large')],
      ['node1', 'node2'],
    ],
    [
      'the lowest highest priority',
      'veryLarge',
      [
        member('p1.1', 'node1', mid, 'medium'),
        member('p1.2', 'node1', mid, 'large'),
        member('p2.1', 'node2', mid, 'medium'),
        member('p2.2', 'node2', low, 'medium'),
        member('p3.1', 'node3', low, 'medium'),
        member('p3.2', 'node3', low, 'medium'),
      ],
      ['node3'],
    ],
    [
      'the lowest sum of priorities',
      'veryLarge',
      [
        member('p1.1', 'node1', mid, 'medium'),
        member('p1.2', 'node1', mid, 'large'),
        member('p2.1', 'node2', mid, 'large'),
        member('p2.2', 'node2', low, 'medium'),
        member('p3.1', 'node3', mid, 'medium'),
        member('p3.2', 'node3', mid, 'medium'),
      ],
      ['node2'],
    ],
    [
      'the latest start',
      'veryLarge',
      [
        member('p1.1', 'node1', mid, 'medium', { start: 2 }),
        member('p1.2', 'node1', mid, 'medium', { start: 2 }),
        member('p2.1', 'node2', mid, 'large', { start: 3 }),
        member('p2.2', 'node2', mid, 'medium', { start: 3 }),
        member('p3.1', 'node3', mid, 'large', { start: 1 }),
        member('p3.2', 'node3', mid, 'medium', { start: 3 }),
      ],
      ['node2'],
    ],
  ] as const;
  for (const [name, size, pods, expected] of choices)
    it(`chooses ${name}`, () => {
      const names = new Set(pods.map(({ spec }) => spec.nodeName));
      const nodes = [one, two, three].filter(({ metadata }) => names.has(metadata.name));
      assert.deepEqual(best(incoming(size), { nodes, pods }), expected);
    });

  it('does not preempt for pods that say so, nor twice', () => {
    const world = { nodes: [one], pods: [member('p1', 'node1', mid, 'large')] };
    assert.equal(
      preempt(incoming('large', { preemptionPolicy: 'Never' }), world),
      'preemption: not eligible due to preemptionPolicy=Never.',
    );
    const [victim] = world.pods;
    const leaving = {
      ...victim!,
      metadata: { ...victim!.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: {
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }],
      },
    };
    const nominated = { ...incoming('large'), status: { nominatedNodeName: 'node1' } };
    assert.equal(
      preempt(nominated, { nodes: [one], pods: [leaving] }),
      'preemption: not eligible due to a terminating pod on the nominated node.',
    );
  });
  it('counts pods that were promised the node', () => {
    const promised = {
      ...member('q', '', high, 'large'),
      status: { nominatedNodeName: 'node1' },
    };
    const world = { nodes: [one], pods: [promised] };
    assert.deepEqual(ruleOn(incoming('large'), world).refusals.get('node1')?.reasons, [
      'Insufficient cpu',
      'Insufficient memory',
    ]);
    const lesser = { ...promised, spec: { ...promised.spec, priority: mid } };
    assert.deepEqual(ruleOn(incoming('large'), { nodes: [one], pods: [lesser] }).feasible, [
      'node1',
    ]);
  });
});
