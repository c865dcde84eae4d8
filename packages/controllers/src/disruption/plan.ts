import { scaledValue, setCondition } from '@berth/api';
import type { Condition, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { isReady } from '../pods.ts';

/** How long a pod whose eviction was allowed may take to be deleted before its budget counts it again. */
const deletionTimeoutMs = 2 * 60_000;

export interface Observed {
  readonly budget: PodDisruptionBudget;
  /** Pods that the budget selects. */
  readonly pods: readonly Pod[];
  /** How many pods their controllers want together; asked for only when the budget `needsScale`. */
  readonly scale: number;
  readonly now: number;
}

export interface BudgetPlan {
  readonly status: PodDisruptionBudgetStatus;
  /** Pods that were to be evicted and are still there. */
  readonly overdue: readonly Pod[];
  /** When the next pod that was to be evicted is overdue, in ms from now. */
  readonly recheckAfterMs: number | undefined;
}

/** Whether a budget counts in shares of what the controllers of its pods want, and not in pods that are there. */
export const needsScale = ({ spec }: PodDisruptionBudget): boolean =>
  spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';

/** How many of the selected pods may be taken away now, and why. */
export function planBudget({ budget, pods, scale, now }: Observed): BudgetPlan {
  const expectedPods = needsScale(budget) ? scale : pods.length;
  const desiredHealthy = desired(budget, expectedPods);
  const evicting = stillEvicting(budget, pods);
  const current = evicting.filter(({ until }) => until >= now);
  const disruptedPods = Object.fromEntries(
    current.map(({ pod, since }) => [pod.metadata.name, since]),
  );
  const currentHealthy = pods.filter(
    (pod) =>
      !pod.metadata.deletionTimestamp && isReady(pod) && !(pod.metadata.name in disruptedPods),
  ).length;
  // A budget that selects nothing yet must not let the first pods go before it has counted them.
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const generation = budget.metadata.generation ?? 0;
  return {
    status: {
      currentHealthy,
      desiredHealthy,
      expectedPods,
      disruptionsAllowed,
      ...(current.length > 0 && { disruptedPods }),
      observedGeneration: generation,
      conditions: withCondition(
        budget,
        disruptionsAllowed > 0
          ? { status: 'True', reason: 'SufficientPods', message: '' }
          : { status: 'False', reason: 'InsufficientPods', message: '' },
        generation,
        now,
      ),
    },
    overdue: evicting.filter(({ until }) => until < now).map(({ pod }) => pod),
    recheckAfterMs:
      current.length > 0 ? Math.min(...current.map(({ until }) => until - now + 1)) : undefined,
  };
}

/** The status when the pods could not be counted: nothing may go until they can. */
export const planFailedStatus = (
  budget: PodDisruptionBudget,
  message: string,
  now: number,
): PodDisruptionBudgetStatus => ({
  ...budget.status,
  disruptionsAllowed: 0,
  conditions: withCondition(
    budget,
    { status: 'False', reason: 'SyncFailed', message },
    budget.status?.observedGeneration ?? 0,
    now,
  ),
});

function desired({ spec }: PodDisruptionBudget, expected: number): number {
  if (spec.maxUnavailable !== undefined) {
    return Math.max(0, expected - scaledValue(spec.maxUnavailable, expected, 'up'));
  }
  return spec.minAvailable === undefined ? 0 : scaledValue(spec.minAvailable, expected, 'up');
}

/** The pods whose eviction was allowed and that are there as if nothing had been. */
function stillEvicting({ status }: PodDisruptionBudget, pods: readonly Pod[]) {
  return pods.flatMap((pod) => {
    const since = status?.disruptedPods?.[pod.metadata.name];
    if (since === undefined || pod.metadata.deletionTimestamp) return [];
    return [{ pod, since, until: Date.parse(since) + deletionTimeoutMs }];
  });
}

function withCondition(
  { status }: PodDisruptionBudget,
  next: Pick<Condition, 'status' | 'reason' | 'message'>,
  observedGeneration: number,
  now: number,
): readonly Condition[] {
  const condition = { type: 'DisruptionAllowed', ...next, observedGeneration };
  return setCondition<Condition>(status?.conditions, condition, formatTime(now));
}
