import assert from 'node:assert/strict';
import type { Affinity, LabelSelector, Pod } from '@berth/api';
import { makeNamespace, makePod } from '@berth/api/testing';
import { nodeWith, podOn } from './builders.ts';
import type { Labels } from './builders.ts';
import { affinityScores, interPodAffinity } from './pod-affinity.ts';

// Expected numbers and names are those of upstream's own tables for the same situations.

describe('the oracle on affinity between pods', () => {
  const china = { region: 'China' };
  const india = { region: 'India' };
  const az1 = { az: 'az1' };
  const az2 = { az: 'az2' };
  const s1 = { security: 'S1' };
  const s2 = { security: 'S2' };
  const isIn = (...values: string[]) => ({
    matchExpressions: [{ key: 'security', operator: 'In', values }],
  });
  const near = (weight: number, labelSelector: LabelSelector, more = {}): Affinity => ({
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight, podAffinityTerm: { labelSelector, topologyKey: 'region', ...more } },
      ],
    },
  });
  const far = (labelSelector: LabelSelector, topologyKey = 'az', more = {}): Affinity => ({
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 5, podAffinityTerm: { labelSelector, topologyKey, ...more } },
      ],
    },
  });
  const score = (
    labels: Labels,
    affinity: Affinity | undefined,
    pods: readonly Pod[],
    nodeLabels: readonly Labels[],
    namespace = 'default',
  ) => {
    const nodes = nodeLabels.map((each, i) => nodeWith(`node${i + 1}`, each));
    const pod = makePod('p', affinity ? { affinity } : {}, { metadata: { labels, namespace } });
    const namespaces = ['1', '2'].map((team) => {
      const made = makeNamespace(`team${team}`);
      return { ...made, metadata: { ...made.metadata, labels: { team } } };
    });
    return affinityScores(pod, nodes, { nodes, pods, namespaces });
  };
  const three = [china, india, az1];
  const running = [podOn('node1', s1), podOn('node2', s2), podOn('node3', s1)];
  const both: Affinity = { ...near(8, isIn('S1')), ...far(isIn('S2')) };

  it('draws towards pods that match, by their domain', () => {
    assert.deepEqual(score(s1, near(5, isIn('S1')), running, three), [100, 0, 0]);
    assert.deepEqual(
      score({}, near(5, isIn('S1')), [podOn('node1', s1)], [china, { ...china, ...az1 }, india]),
      [100, 100, 0],
    );
  });
  it('draws more where there are more', () => {
    const pods = ['node1', 'node1', 'node2', 'node3', 'node4', 'node5'].map((n) => podOn(n, s2));
    assert.deepEqual(
      score(s1, near(6, isIn('S2')), pods, [china, india, china, china, india]),
      [100, 0, 100, 100, 0],
    );
  });
  it('adds up preferences of different weight', () => {
    const notS1 = {
      matchExpressions: [
        { key: 'security', operator: 'NotIn', values: ['S1'] },
        { key: 'security', operator: 'In', values: ['S2'] },
      ],
    };
    const known = {
      matchExpressions: [
        { key: 'security', operator: 'Exists' },
        { key: 'wrongkey', operator: 'DoesNotExist' },
      ],
    };
    const affinity: Affinity = {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 8, podAffinityTerm: { labelSelector: notS1, topologyKey: 'region' } },
          { weight: 2, podAffinityTerm: { labelSelector: known, topologyKey: 'region' } },
        ],
      },
    };
    assert.deepEqual(score(s1, affinity, running, three), [20, 100, 0]);
  });
  it('is drawn by pods that want it', () => {
    const pods = [
      podOn('node1', s1, { affinity: near(5, isIn('S1')) }),
      podOn('node2', s2, { affinity: near(6, isIn('S2')) }),
    ];
    assert.deepEqual(score(s2, undefined, pods, three), [0, 100, 0]);
    const hard: Affinity = {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: isIn('S1', 'value2'), topologyKey: 'region' },
          { labelSelector: isIn('S1'), topologyKey: 'region' },
        ],
      },
    };
    const bound = [podOn('node1', s1, { affinity: hard }), podOn('node2', s2, { affinity: hard })];
    assert.deepEqual(score(s1, undefined, bound, three), [100, 100, 0]);
  });
  it('knows namespaces by name and by label', () => {
    const more = { namespaces: ['team2'], namespaceSelector: { matchLabels: { team: '1' } } };
    const drawn = [podOn('node1', s1, { affinity: near(5, isIn('S1'), more) }), podOn('node2', s2)];
    assert.deepEqual(score(s1, undefined, drawn, three, 'team1'), [100, 0, 0]);
    assert.deepEqual(score(s1, undefined, drawn, three, 'team2'), [100, 0, 0]);
    assert.deepEqual(score(s1, undefined, drawn, three, 'default'), [0, 0, 0]);
    const repelled = [podOn('node1', s1, { affinity: far(isIn('S1'), 'region', more) })];
    assert.deepEqual(score(s1, undefined, repelled, three, 'team1'), [0, 100, 100]);
  });
  it('keeps away from pods, and pods keep it away', () => {
    const two = [podOn('node1', s1), podOn('node1', s1), podOn('node2', s2)];
    assert.deepEqual(score(s1, far(isIn('S1')), two, [az1, india]), [0, 100]);
    const pods = [
      podOn('node1', s1, { affinity: far(isIn('S2')) }),
      podOn('node2', s2, { affinity: far(isIn('S1')) }),
    ];
    assert.deepEqual(score(s2, undefined, pods, [az1, az2]), [0, 100]);
  });
  it('weighs both ways together', () => {
    const pods = [
      podOn('node1', s1),
      podOn('node2', s2),
      podOn('node3', {}, { affinity: both }),
      podOn('node4', {}, { affinity: far(isIn('S1')) }),
    ];
    assert.deepEqual(score(s1, both, pods, [china, az1, india, az2]), [100, 0, 100, 0]);
  });

  const require = (kind: 'podAffinity' | 'podAntiAffinity', labelSelector: LabelSelector) => ({
    [kind]: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: 'region' }],
    },
  });
  const judge = (labels: Labels, affinity: Affinity, pods: readonly Pod[], own: Labels) => {
    const node = nodeWith('node1', own);
    const pod = makePod('p', { affinity }, { metadata: { labels } });
    return interPodAffinity(pod, node, { nodes: [node, nodeWith('node2', india)], pods });
  };
  it('lets the first of a group in, but only where the key exists', () => {
    const affinity = require('podAffinity', isIn('S1'));
    assert.equal(judge(s1, affinity, [], china), undefined);
    assert.equal(judge(s2, affinity, [], china)?.resolvable, false);
    assert.equal(judge(s1, affinity, [], az1)?.resolvable, false);
    assert.equal(judge(s1, affinity, [podOn('node2', s1)], china)?.resolvable, false);
    assert.equal(judge(s1, affinity, [podOn('node1', s1)], china), undefined);
  });
  it('names who refuses whom', () => {
    const anti = require('podAntiAffinity', isIn('S1'));
    assert.deepEqual(judge({}, anti, [podOn('node1', s1)], china)?.reasons, [
      "node(s) didn't match pod anti-affinity rules",
    ]);
    assert.deepEqual(judge(s1, {}, [podOn('node1', {}, { affinity: anti })], china)?.reasons, [
      "node(s) didn't satisfy existing pods anti-affinity rules",
    ]);
  });
});
