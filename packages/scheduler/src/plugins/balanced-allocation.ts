import type { Column } from '../cluster/columns.ts';
import { maxNodeScore } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import { isScalar, scoredResources } from './scoring-strategy.ts';
import type { ScoredResource } from './scoring-strategy.ts';

export interface BalancedAllocationArgs {
  readonly resources?: readonly ScoredResource[];
}

interface Share {
  readonly column: Column;
  readonly added: number;
}

/** Prefers nodes that the pod brings into balance between cpu and memory. Pods that ask for neither are not scored. */
export function createBalancedAllocation({
  resources = scoredResources,
}: BalancedAllocationArgs = {}): Plugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    scope: 'node',
    score: {
      prepare({ shape: { requests } }, { columns }) {
        const shares = resources.flatMap(({ name }): Share[] => {
          const added = requests.get(name) ?? 0;
          return added === 0 && isScalar(name) ? [] : [{ column: columns.of(name), added }];
        });
        if (shares.every(({ added }) => added === 0)) return undefined;
        return ({ index }) => improvement(balance(shares, index, 1), balance(shares, index, 0));
      },
    },
  };
}

/** 1.36 scores the difference that the pod makes: 75 for none, more when the node gets better balanced. */
const improvement = (withPod: number, withoutPod: number) =>
  maxNodeScore / 2 + Math.trunc((maxNodeScore / 2 + withPod - withoutPod) / 2);

/** 100 less the standard deviation of the used shares, in whole numbers; `pods` of the new pods count as well. */
function balance(shares: readonly Share[], node: number, pods: 0 | 1): number {
  let sum = 0;
  let count = 0;
  let first = 0;
  let second = 0;
  for (const { column, added } of shares) {
    const capacity = column.allocatable(node);
    if (capacity === 0) continue;
    const used = used01(column.requested(node) + pods * added, capacity);
    if (count === 0) first = used;
    else second = used;
    sum += used;
    count += 1;
  }
  if (count < 2) return maxNodeScore;
  // For two, half the difference is the deviation, and rounds as upstream does.
  if (count === 2) return Math.trunc((1 - Math.abs((first - second) / 2)) * maxNodeScore);
  const mean = sum / count;
  let squares = 0;
  for (const { column, added } of shares) {
    const capacity = column.allocatable(node);
    if (capacity === 0) continue;
    squares += (used01(column.requested(node) + pods * added, capacity) - mean) ** 2;
  }
  return Math.trunc((1 - Math.sqrt(squares / count)) * maxNodeScore);
}

const used01 = (used: number, capacity: number) => Math.min(1, used / capacity);
