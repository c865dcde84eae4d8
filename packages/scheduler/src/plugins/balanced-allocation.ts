import { maxNodeScore } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { Amounts } from '../resources.ts';
import { mean, scoredResources } from '../scored-resources.ts';

const nothing: Amounts = new Map();

/** Prefers nodes that the pod brings into balance between cpu and memory. Pods that ask for neither are not scored. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  score: {
    weight: 1,
    prepare: ({ requests }) =>
      scoredResources.some((resource) => requests.get(resource))
        ? (node) => improvement(balance(node, requests), balance(node, nothing))
        : undefined,
  },
};

/** 1.36 scores the difference that the pod makes: 50 for none, more when the node gets better balanced. */
const improvement = (withPod: number, withoutPod: number) =>
  maxNodeScore / 2 + Math.trunc((maxNodeScore / 2 + withPod - withoutPod) / 2);

/** 100 less the standard deviation of the used shares, in whole numbers. */
function balance(node: NodeInfo, extra: Amounts): number {
  const shares = scoredResources.flatMap((resource) => {
    const capacity = node.allocatable.get(resource) ?? 0;
    const used = node.requested(resource) + (extra.get(resource) ?? 0);
    return capacity > 0 ? [Math.min(1, used / capacity)] : [];
  });
  const middle = mean(shares);
  const deviation = Math.sqrt(mean(shares.map((share) => (share - middle) ** 2)));
  return Math.trunc((1 - deviation) * maxNodeScore);
}
