import type { ClusterState } from '../cluster-state.ts';
import type { Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Decision, NodeReport } from './decision.ts';
import { decidePlainly } from './decide-plainly.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judge.ts';
import { opinionsOn, release } from './opinions.ts';
import type { Opinion } from './opinions.ts';
import { reportOn } from './report.ts';

/** Decides over all nodes, by one profile's plugins, on a cluster's state as it is at the moment of the question. */
export interface Engine {
  /** Where the pod goes. The state stays as it is: to place the pod is the caller's. */
  decide(pod: PodInfo): Decision;
  /** Whether some node would take the pod now. Costs next to nothing while nothing changes. */
  isPlaceable(pod: PodInfo): boolean;
  /** Whether this node would take the pod, and who refuses. */
  judge(pod: PodInfo, node: NodeInfo): Judgement;
  /** Everything that the plugins have to say, node by node. Works all of it out: for people who ask, not for loops. */
  explain(pod: PodInfo): readonly NodeReport[];
}

export interface EngineOptions {
  readonly state: ClusterState;
  /** In the order in which they are asked. */
  readonly plugins: readonly Plugin[];
  /** 0 ≤ n < 1; decides between nodes that score the same. */
  readonly random: () => number;
}

export function createEngine({ state, plugins, random }: EngineOptions): Engine {
  const asking = <T>(pod: PodInfo, use: (opinions: readonly Opinion[]) => T): T => {
    const opinions = opinionsOn(pod, state, plugins);
    try {
      return use(opinions);
    } finally {
      release(opinions);
    }
  };
  return {
    decide: (pod) => asking(pod, (opinions) => decidePlainly(opinions, state.nodes(), random)),
    isPlaceable: (pod) =>
      asking(pod, (opinions) =>
        [...state.nodes()].some((node) => judge(opinions, node).verdict.ok),
      ),
    judge: (pod, node) => asking(pod, (opinions) => judge(opinions, node)),
    explain: (pod) => asking(pod, (opinions) => reportOn(opinions, [...state.nodes()])),
  };
}
