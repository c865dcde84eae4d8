import type { Pod, ResourceType } from '@berth/api';
import type { Column } from './cluster/columns.ts';
import type { ClusterView } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

/** One plugin's answer for one node. `reasons` are words a user reads in an event. */
export type Verdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reasons: readonly string[];
      /** Whether other pods leaving the node could change this answer. */
      readonly resolvable: boolean;
    };

export type Refusal = Extract<Verdict, { readonly ok: false }>;

export const fits: Verdict = { ok: true };
/** No, but it could become yes when pods leave the node. */
export const refuse = (...reasons: string[]): Refusal => ({ ok: false, reasons, resolvable: true });
/** No, whatever happens to the pods of the node. */
export const unresolvable = (...reasons: string[]): Refusal => ({
  ok: false,
  reasons,
  resolvable: false,
});

export type Filter = (node: NodeInfo) => Verdict;
/** A raw score, a whole number; higher is better. Without `normalize` it lies between 0 and `maxNodeScore`. */
export type Score = (node: NodeInfo) => number;

export const maxNodeScore = 100;

/**
 * One opinion about where a pod may go. What can be worked out once per pod is worked out when `filter`, `score` or
 * `partition` is called with it; the function they return is asked about nodes. Returning undefined means: no opinion on
 * this pod. A plugin reads its arguments and nothing else.
 *
 * How long an answer is kept follows from `scope`. Answers of scope `node` are kept for all pods of the same shape and
 * asked again only for nodes that changed. Without it, `filter` and `score` are asked about every node at every decision,
 * which is always right and costs accordingly.
 */
export interface Plugin {
  /** As in upstream's configuration. */
  readonly name: string;
  /**
   * `node`: the answers of `filter` and `score` depend on the shape of the pod (see `PodShape`), on the node's metadata,
   * spec, capacity and images (not on its conditions), and on the pods on that node alone.
   */
  readonly scope?: 'node';
  /** Kinds beside nodes and pods that the answers for this pod depend on; when one of them changes, all is asked anew. */
  readonly reads?: (pod: PodInfo) => readonly ResourceType[];
  /** What else of a pod than its shape the answers depend on, such as an annotation. */
  readonly podKey?: (pod: Pod) => string;
  /** Why no node at all can take the pod, before any is asked. */
  readonly obstacle?: (pod: PodInfo, cluster: ClusterView) => Refusal | undefined;
  /** Names of the only nodes in question, where the pod itself names them; the others are not asked. */
  readonly only?: (pod: PodInfo) => ReadonlySet<string> | undefined;
  readonly filter?: (pod: PodInfo, cluster: ClusterView) => Filter | undefined;
  /** `false`: no pod that comes to a node or leaves it can change its cell, or what `filter` and `score` say of it. */
  readonly heedsPods?: false;
  /** For a `filter` that only compares what the pod needs with what the node has left, and counts pods. */
  readonly neededRoom?: (pod: PodInfo, cluster: ClusterView) => readonly NeededRoom[];
  /** How much its scores count for, 1 unless it says otherwise. */
  readonly weight?: number;
  readonly score?: {
    readonly prepare: (pod: PodInfo, cluster: ClusterView) => Score | undefined;
    /**
     * Brings the raw scores of the feasible nodes to 0…`maxNodeScore`, in place. With scope `node` it sees every score
     * that occurs once, so it may depend on which there are and not on how many nodes have them.
     */
    readonly normalize?: (scores: number[]) => void;
  };
  /** Asked after `filter`, and instead of `score`. */
  readonly partition?: (pod: PodInfo, cluster: ClusterView) => Partition;
}

/**
 * For opinions that depend on pods elsewhere, such as spreading over zones: puts nodes that get the same answer into one
 * cell, so that an answer is worked out per cell and not per node.
 */
export interface Partition {
  /** The cell of a node, 0 or more. It changes only with the node and the pods on it. Missing: all are in cell 0. */
  readonly cellOf?: (node: NodeInfo) => number;
  readonly filter?: (cell: number) => Verdict;
  /** Scores from 0 to `maxNodeScore` of the cells that have feasible nodes, in the order in which they are given. */
  readonly score?: (cells: readonly Cell[]) => readonly number[];
  /** Whether something beside nodes and pods changed, so that the pod has to be looked at anew. */
  isStale(): boolean;
  /** Gives back what it holds in the cluster's state. */
  release(): void;
}

/** What a pod needs of one resource, and where that is counted. */
export interface NeededRoom {
  readonly resource: string;
  readonly amount: number;
  readonly column: Column;
}

/** A cell with feasible nodes. */
export interface Cell {
  readonly id: number;
  /** How many feasible nodes are in it. */
  readonly nodes: number;
}

/** Scales to 0…`maxNodeScore` by the highest score, upside down when fewer is better; upstream's default normaliser. */
export function normalizeByMax(scores: number[], reverse: boolean): void {
  const highest = scores.reduce((most, score) => Math.max(most, score), 0);
  for (const [i, score] of scores.entries()) {
    const scaled = highest === 0 ? 0 : Math.trunc((maxNodeScore * score) / highest);
    scores[i] = reverse ? maxNodeScore - scaled : scaled;
  }
}
