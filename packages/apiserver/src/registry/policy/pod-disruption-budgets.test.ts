import assert from 'node:assert/strict';
import type { FieldError, PodDisruptionBudgetSpec } from '@berth/api';
import { makePodDisruptionBudget } from '@berth/api/testing';
import { podDisruptionBudgets } from './pod-disruption-budgets.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

describe('pod disruption budgets', () => {
  const cases: readonly (readonly [string, PodDisruptionBudgetSpec, ...(readonly string[])])[] = [
    ['nothing', {}],
    ['a share', { maxUnavailable: '100%', unhealthyPodEvictionPolicy: 'AlwaysAllow' }],
    [
      'both ways to count',
      { minAvailable: -1, maxUnavailable: '101%' },
      'spec: Invalid value: {"minAvailable":-1,"maxUnavailable":"101%"}: minAvailable and maxUnavailable cannot be both set',
      'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0',
      'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      'what means nothing',
      {
        minAvailable: 'most',
        selector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
        unhealthyPodEvictionPolicy: 'Sometimes',
      },
      `spec.minAvailable: Invalid value: "most": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Sometimes": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      const budget = makePodDisruptionBudget('a', spec);
      assert.deepEqual(texts(podDisruptionBudgets.validate?.(budget)), [...expected]);
    });
  }

  it('have a status that counts', () => {
    const status = {
      disruptionsAllowed: -1,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
      conditions: [
        {
          type: 'A',
          status: 'x',
          lastTransitionTime: '2026-01-01T00:00:00Z',
          reason: 'R',
          message: '',
        },
      ],
    };
    const budget = makePodDisruptionBudget('a', {}, { status });
    assert.deepEqual(texts(podDisruptionBudgets.status?.validateUpdate?.(budget, budget)), [
      'status.conditions[0].status: Unsupported value: "x": supported values: "False", "True", "Unknown"',
      'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it('are shown as upstream shows them', () => {
    const budget = makePodDisruptionBudget('a', { maxUnavailable: '25%' });
    assert.deepEqual(
      podDisruptionBudgets.columns.slice(0, 4).map(({ name, cell }) => [name, cell(budget, 0)]),
      [
        ['Name', 'a'],
        ['Min Available', 'N/A'],
        ['Max Unavailable', '25%'],
        ['Allowed Disruptions', 0],
      ],
    );
  });
});
