import { at, invalidValue, podDisruptionBudgets as type } from '@berth/api';
import type {
  FieldError,
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '@berth/api';
import { checkAtMostAll, checkShare } from '../apps/shares.ts';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkConditions } from '../core/condition-checks.ts';
import { checkLabelSelector, checkNonNegative, checkOneOf } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';

const noStatus: PodDisruptionBudgetStatus = {
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
};

export const podDisruptionBudgets: Strategy<PodDisruptionBudget> = {
  type,
  defaults: (budget) => ({
    ...budget,
    spec: asGiven(budget).spec ? budget.spec : {},
    status: { ...noStatus, ...budget.status },
  }),
  prepareForCreate: (budget) => ({ ...budget, status: noStatus }),
  prepareForUpdate: (budget, old) => ({ ...budget, ...(old.status && { status: old.status }) }),
  validate,
  validateUpdate: validate,
  status: { validateUpdate: validateStatus },
  columns: [
    nameColumn,
    {
      name: 'Min Available',
      type: 'string',
      description: 'Pods that must stay.',
      cell: ({ spec }) => shareOf(spec, 'minAvailable'),
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      description: 'Pods that may be missing.',
      cell: ({ spec }) => shareOf(spec, 'maxUnavailable'),
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'Pods that may be taken away now.',
      cell: ({ status }) => status?.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
};

const shareOf = (
  spec: PodDisruptionBudgetSpec | undefined,
  field: 'minAvailable' | 'maxUnavailable',
): string => String(spec?.[field] ?? 'N/A');

function validate(budget: PodDisruptionBudget): readonly FieldError[] {
  const spec: Given<PodDisruptionBudgetSpec> = asGiven(budget).spec ?? {};
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...checkPart('spec.minAvailable', minAvailable),
    ...checkPart('spec.maxUnavailable', maxUnavailable),
    ...(selector ? checkLabelSelector('spec.selector', selector) : []),
    ...checkOneOf('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, [
      'AlwaysAllow',
      'IfHealthyBudget',
    ]),
  ];
}

const checkPart = (path: string, share: number | string | undefined): readonly FieldError[] =>
  share === undefined ? [] : [...checkShare(path, share), ...checkAtMostAll(path, share)];

function validateStatus(budget: PodDisruptionBudget): readonly FieldError[] {
  const { conditions = [], ...status } = asGiven(budget).status ?? {};
  return [
    ...checkConditions('status.conditions', conditions),
    ...(
      ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const
    ).flatMap((field) => checkNonNegative(at('status', field), status[field])),
  ];
}
