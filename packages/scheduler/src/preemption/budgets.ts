import { matchesLabels, podDisruptionBudgets, toSelector } from '@berth/api';
import type { PodDisruptionBudget, Selector } from '@berth/api';
import type { ClusterObjects } from '../cluster/objects.ts';
import type { PodInfo } from '../pod-info.ts';

/** What disruption budgets have left. */
export interface Budgets {
  /**
   * Which of the pods, evicted in this order, a budget would not have allowed any more. Pods whose eviction is already
   * counted cost nothing.
   */
  violating(pods: readonly PodInfo[]): ReadonlySet<PodInfo>;
}

interface Budget {
  readonly namespace: string | undefined;
  readonly selector: Selector;
  readonly allowed: number;
  readonly disrupted: Readonly<Record<string, unknown>>;
}

export function readBudgets(objects: ClusterObjects): Budgets {
  const budgets = [...objects.list(podDisruptionBudgets)].flatMap(readBudget);
  return {
    violating(pods) {
      const violating = new Set<PodInfo>();
      if (budgets.length === 0) return violating;
      const left = budgets.map(({ allowed }) => allowed);
      for (const info of pods) {
        for (const [i, budget] of budgets.entries()) {
          if (!covers(budget, info)) continue;
          left[i]! -= 1;
          if (left[i]! < 0) violating.add(info);
        }
      }
      return violating;
    },
  };
}

/** A budget that selects nothing in particular protects nothing here. */
function readBudget({ metadata, spec, status }: PodDisruptionBudget): readonly Budget[] {
  const selector = toSelector(spec.selector);
  if (!selector?.length) return [];
  const { disruptionsAllowed: allowed = 0, disruptedPods: disrupted = {} } = status ?? {};
  return [{ namespace: metadata.namespace, selector, allowed, disrupted }];
}

const covers = ({ namespace, selector, disrupted }: Budget, { pod: { metadata } }: PodInfo) =>
  metadata.namespace === namespace &&
  Object.keys(metadata.labels ?? {}).length > 0 &&
  matchesLabels(selector, metadata.labels) &&
  !Object.hasOwn(disrupted, metadata.name);
