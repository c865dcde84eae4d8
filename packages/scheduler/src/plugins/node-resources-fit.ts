import type { ClusterView } from '../cluster-state.ts';
import { fits } from '../framework.ts';
import type { NeededRoom, Plugin, Refusal, Verdict } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { prepareStrategy } from './scoring-strategy.ts';
import type { ScoringStrategy } from './scoring-strategy.ts';

export interface NodeResourcesFitArgs {
  /** Extended resources that are not looked at. */
  readonly ignoredResources?: readonly string[];
  /** The same by everything before the slash. */
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy?: ScoringStrategy;
}

/** The pod's requests must fit into what the node has left; of those that fit, the emptiest scores highest. */
export function createNodeResourcesFit(args: NodeResourcesFitArgs = {}): Plugin {
  const { scoringStrategy = { type: 'LeastAllocated' } } = args;
  const refusals = createRefusals();
  const neededRoom = ({ shape }: PodInfo, { columns }: ClusterView) =>
    [...shape.requests].flatMap(([resource, amount]): NeededRoom[] =>
      amount > 0 && !isIgnored(resource, args)
        ? [{ resource, amount, column: columns.of(resource) }]
        : [],
    );
  return {
    name: 'NodeResourcesFit',
    scope: 'node',
    neededRoom,
    filter(pod, cluster) {
      const pods = cluster.columns.of('pods');
      const wanted = neededRoom(pod, cluster);
      return (node) => {
        const { index } = node;
        const isFull = node.pods.length + 1 > pods.allocatable(index);
        for (const { amount, column } of wanted)
          if (amount > column.allocatable(index) - column.requested(index))
            return refusals.of(index, isFull, wanted);
        return isFull ? refusals.of(index, isFull, []) : fits;
      };
    },
    score: { prepare: (pod, cluster) => prepareStrategy(scoringStrategy, pod, cluster) },
  };
}

/** cpu, memory, ephemeral storage and huge pages are never ignored. */
const isIgnored = (
  resource: string,
  { ignoredResources, ignoredResourceGroups }: NodeResourcesFitArgs,
) => {
  const slash = resource.indexOf('/');
  if (slash < 0 || resource.slice(0, slash).endsWith('kubernetes.io')) return false;
  return (
    (ignoredResources?.includes(resource) ?? false) ||
    (ignoredResourceGroups?.includes(resource.slice(0, slash)) ?? false)
  );
};

/** Answers that say the same are the same object, so that whoever counts them need not read them. */
function createRefusals() {
  const known = new Map<string, Refusal>();
  return {
    of(node: number, isFull: boolean, wanted: readonly NeededRoom[]): Verdict {
      const reasons = isFull ? ['Too many pods'] : [];
      let resolvable = true;
      for (const { resource, amount, column } of wanted) {
        const capacity = column.allocatable(node);
        if (amount <= capacity - column.requested(node)) continue;
        reasons.push(`Insufficient ${resource}`);
        if (amount > capacity) resolvable = false;
      }
      const key = `${resolvable} ${reasons.join()}`;
      const refusal = known.get(key) ?? { ok: false, reasons, resolvable };
      known.set(key, refusal);
      return refusal;
    },
  };
}
