import type { BalancedAllocationArgs } from '../plugins/balanced-allocation.ts';
import type { InterPodAffinityArgs } from '../plugins/inter-pod-affinity.ts';
import type { NodeAffinityArgs } from '../plugins/node-affinity.ts';
import type { NodeResourcesFitArgs } from '../plugins/node-resources-fit.ts';
import type { PodTopologySpreadArgs } from '../plugins/pod-topology-spread.ts';
import { scoredResources } from '../plugins/scoring-strategy.ts';

interface DefaultPreemptionArgs {
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
}

interface VolumeBindingArgs {
  /** How long binding the volumes of a pod may take. */
  readonly bindTimeoutMs: number;
}

interface FairQueuesArgs {
  /** The queue of pods that name none. */
  readonly defaultQueue: string;
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
  readonly FairQueues: FairQueuesArgs;
}

/** Upstream's defaults, and those of the project's own plugins. */
export const defaultPluginArgs: PluginArgs = {
  NodeResourcesFit: {
    ignoredResources: [],
    ignoredResourceGroups: [],
    scoringStrategy: { type: 'LeastAllocated', resources: scoredResources },
  },
  NodeResourcesBalancedAllocation: { resources: scoredResources },
  PodTopologySpread: {},
  InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  NodeAffinity: {},
  DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
  VolumeBinding: { bindTimeoutMs: 600_000 },
  FairQueues: { defaultQueue: 'default' },
};
