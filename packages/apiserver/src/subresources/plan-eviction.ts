import {
  forbidden,
  isConditionTrue,
  matchesLabels,
  podDisruptionBudgets,
  setCondition,
  StatusError,
  tooManyRequests,
  toSelector,
} from '@berth/api';
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@berth/api';
import { formatTime } from '@berth/component-base';

export type EvictionPlan =
  /** Nobody is disrupted by it. */
  | { readonly kind: 'delete' }
  /** The same, as long as the pod does not change: it is not ready, and could become so. */
  | { readonly kind: 'delete-unchanged'; readonly budget?: string }
  /** The budget must allow one disruption more. */
  | { readonly kind: 'spend'; readonly budget: string }
  | { readonly kind: 'refuse'; readonly error: StatusError };

/** What an eviction asks of the budgets in the pod's namespace. */
export function planEviction(pod: Pod, budgets: readonly PodDisruptionBudget[]): EvictionPlan {
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp)
    return { kind: 'delete' };
  if (phase === 'Pending') return { kind: 'delete-unchanged' };
  const [budget, ...more] = budgets.filter((each) => covers(each, pod));
  if (!budget) return { kind: 'delete' };
  if (more.length > 0) return { kind: 'refuse', error: severalBudgets() };
  const { name } = budget.metadata;
  const isHealthy = isConditionTrue(pod.status?.conditions, 'Ready');
  return !isHealthy && sparesUnhealthy(budget)
    ? { kind: 'delete-unchanged', budget: name }
    : { kind: 'spend', budget: name };
}

/** No selector is no pod, an empty one is every pod. What cannot be read covers nothing. */
function covers({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean {
  try {
    const selector = toSelector(spec.selector);
    return selector !== undefined && matchesLabels(selector, metadata.labels ?? {});
  } catch {
    return false;
  }
}

/** A pod that is not ready does not count, unless the others are too few already. */
function sparesUnhealthy({ spec, status }: PodDisruptionBudget): boolean {
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

const severalBudgets = () =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });

const violation = "Cannot evict pod as it would violate the pod's disruption budget.";
const cause = (message: string) => [{ reason: 'DisruptionBudget', message }];

/** The budget is not yet what its spec says, or what was known of the pod no longer holds: ask again soon. */
export const stillProcessed = (budget: string): StatusError =>
  tooManyRequests(
    violation,
    10,
    cause(`The disruption budget ${budget} is still being processed by the server.`),
  );

/** More evictions than anybody has confirmed are not remembered. */
const mostDisruptedPods = 2000;

/** The budget with one disruption less, and the pod that it went to. Throws when it allows none. */
export function spendDisruption(
  budget: PodDisruptionBudget,
  pod: string,
  now: number,
): PodDisruptionBudget {
  const { name, generation = 0 } = budget.metadata;
  const {
    observedGeneration = 0,
    disruptedPods = {},
    disruptionsAllowed = 0,
  } = budget.status ?? {};
  if (observedGeneration < generation) throw stillProcessed(name);
  if (disruptionsAllowed < 0) throw forbidden(about, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > mostDisruptedPods)
    throw forbidden(
      about,
      name,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  if (disruptionsAllowed === 0) throw noneLeft(budget);
  const time = formatTime(now);
  const status: PodDisruptionBudgetStatus = {
    ...noHealth,
    ...budget.status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...disruptedPods, [pod]: time },
  };
  return { ...budget, status: disruptionsAllowed === 1 ? withNoneAllowed(status, time) : status };
}

// Upstream names the kind in the singular here.
const about = { group: podDisruptionBudgets.group, resource: podDisruptionBudgets.singular };
const noHealth = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

function noneLeft({ metadata, status }: PodDisruptionBudget): StatusError {
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  const needs = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return tooManyRequests(violation, 0, cause(`The disruption budget ${metadata.name} ${needs}`));
}

function withNoneAllowed(
  status: PodDisruptionBudgetStatus,
  now: string,
): PodDisruptionBudgetStatus {
  const { observedGeneration } = status;
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    ...(observedGeneration !== undefined && { observedGeneration }),
  };
  return { ...status, conditions: setCondition(status.conditions, condition, now) };
}
