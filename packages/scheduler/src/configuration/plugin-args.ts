import type { TopologySpreadConstraint } from '@berth/api';
import type { BalancedAllocationArgs } from '../plugins/balanced-allocation.ts';
import type { NodeAffinityArgs } from '../plugins/node-affinity.ts';
import type { NodeResourcesFitArgs } from '../plugins/node-resources-fit.ts';
import { scoredResources } from '../plugins/scoring-strategy.ts';

interface PodTopologySpreadArgs {
  /** For pods that have no constraints of their own. `System`: upstream's two soft ones. */
  readonly defaulting: 'System' | readonly TopologySpreadConstraint[];
}

interface InterPodAffinityArgs {
  /** What a required affinity term of a pod that is there weighs when a node is scored. */
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

interface DefaultPreemptionArgs {
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
}

interface VolumeBindingArgs {
  /** How long binding the volumes of a pod may take. */
  readonly bindTimeoutMs: number;
}

/** The arguments of the plugins that have some, complete. */
export interface PluginArgs {
  readonly NodeResourcesFit: NodeResourcesFitArgs;
  readonly NodeResourcesBalancedAllocation: BalancedAllocationArgs;
  readonly PodTopologySpread: PodTopologySpreadArgs;
  readonly InterPodAffinity: InterPodAffinityArgs;
  readonly NodeAffinity: NodeAffinityArgs;
  readonly DefaultPreemption: DefaultPreemptionArgs;
  readonly VolumeBinding: VolumeBindingArgs;
}

/** Upstream's defaults. */
export const defaultPluginArgs: PluginArgs = {
  NodeResourcesFit: {
    ignoredResources: [],
    ignoredResourceGroups: [],
    scoringStrategy: { type: 'LeastAllocated', resources: scoredResources },
  },
  NodeResourcesBalancedAllocation: { resources: scoredResources },
  PodTopologySpread: { defaulting: 'System' },
  InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  NodeAffinity: {},
  DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
  VolumeBinding: { bindTimeoutMs: 600_000 },
};
