import { fits, maxNodeScore } from '../framework.ts';
import type { Plugin, Verdict } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { mean, scoredResources } from '../scored-resources.ts';

/** The pod's requests must fit into what the node has left; of those that fit, the emptiest scores highest. */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  filter: ({ requests }) => {
    const wanted = [...requests].filter(([, amount]) => amount > 0);
    return (node) => judge(node, wanted);
  },
  score: {
    weight: 1,
    prepare: (pod) => (node) => leastAllocated(pod, node),
  },
};

function judge(node: NodeInfo, wanted: readonly (readonly [string, number])[]): Verdict {
  const reasons: string[] = [];
  let resolvable = true;
  if (node.podCount + 1 > node.allowedPods) reasons.push('Too many pods');
  for (const [resource, amount] of wanted) {
    const capacity = node.allocatable.get(resource) ?? 0;
    if (amount <= capacity - node.requested(resource)) continue;
    reasons.push(`Insufficient ${resource}`);
    if (amount > capacity) resolvable = false;
  }
  return reasons.length === 0 ? fits : { ok: false, reasons, resolvable };
}

/** Upstream's LeastAllocated: the mean free share of cpu and memory, in whole numbers. */
function leastAllocated(pod: PodInfo, node: NodeInfo): number {
  const shares = scoredResources
    .map((resource) => ({
      capacity: node.allocatable.get(resource) ?? 0,
      used: node.scoringRequested(resource) + (pod.scoringRequests.get(resource) ?? 0),
    }))
    .filter(({ capacity }) => capacity > 0)
    .map(({ capacity, used }) =>
      used > capacity ? 0 : Math.trunc(((capacity - used) * maxNodeScore) / capacity),
    );
  return Math.trunc(mean(shares));
}
