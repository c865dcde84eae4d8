import type { Verdict } from '../framework.ts';

export interface Bind {
  readonly kind: 'bind';
  readonly nodeName: string;
  /** How many nodes would have taken the pod. */
  readonly feasible: number;
}

export interface Unschedulable {
  readonly kind: 'unschedulable';
  readonly nodeCount: number;
  /** Set when no node was asked, because the pod itself stands in its way: what is to be said instead of counts. */
  readonly obstacle?: string;
  /** How many nodes each reason ruled out. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Names of the plugins that refused at least one node. */
  readonly refusedBy: ReadonlySet<string>;
}

export type Decision = Bind | Unschedulable;

/** What the plugins say of one node. */
export interface NodeReport {
  readonly nodeName: string;
  /** The answer of the first plugin that refused, or that the node fits. */
  readonly verdict: Verdict;
  /** Who refused; empty when all agreed. */
  readonly refusedBy: string;
  /** Of feasible nodes: each plugin's score with its weight, as it counts among all feasible nodes. */
  readonly scores: ReadonlyMap<string, number>;
  readonly total: number;
}
