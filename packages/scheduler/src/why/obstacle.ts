import type { ClusterState } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Pod } from '@berth/api';
import type { Change } from './change.ts';

/** One of the things for which a plugin refuses a node, and what would do away with it: each of the changes alone. */
export interface Obstacle {
  readonly alternatives: readonly Change[];
}

/** A plugin's refusal of a node, as those see it who look for changes. */
export interface Question {
  readonly pod: PodInfo;
  readonly node: NodeInfo;
  readonly state: ClusterState;
  /** Whether the plugin would refuse the node to this pod, too. */
  readonly refuses: (pod: Pod) => boolean;
}

/** Takes a plugin's refusal apart. Whether a change helps is found out by trying it. */
export type Propose = (question: Question) => readonly Obstacle[];

export const withSpec = (pod: Pod, spec: Partial<Pod['spec']>): Pod => ({
  ...pod,
  spec: { ...pod.spec, ...spec },
});
