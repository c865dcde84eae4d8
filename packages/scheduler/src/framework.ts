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

export const fits: Verdict = { ok: true };
/** No, but it could become yes when pods leave the node. */
export const refuse = (...reasons: string[]): Verdict => ({ ok: false, reasons, resolvable: true });
/** No, whatever happens to the pods of the node. */
export const unresolvable = (...reasons: string[]): Verdict => ({
  ok: false,
  reasons,
  resolvable: false,
});

export type Filter = (node: NodeInfo) => Verdict;
/** A raw score; higher is better. Without `normalize` it lies between 0 and `maxNodeScore`. */
type Score = (node: NodeInfo) => number;

export const maxNodeScore = 100;

/**
 * One opinion about where a pod may go. What can be worked out once per pod is worked out when `filter` or `score`
 * is called with it; the function they return sees every node. Returning undefined means: no opinion on this pod.
 */
export interface Plugin {
  /** As in upstream's configuration. */
  readonly name: string;
  readonly filter?: (pod: PodInfo) => Filter | undefined;
  readonly score?: {
    readonly weight: number;
    readonly prepare: (pod: PodInfo) => Score | undefined;
    /** Brings the raw scores of the feasible nodes to 0…`maxNodeScore`, in place. */
    readonly normalize?: (scores: number[]) => void;
  };
}

/** Scales to 0…`maxNodeScore` by the highest score, upside down when fewer is better; upstream's default normaliser. */
export function normalizeByMax(scores: number[], reverse: boolean): void {
  const highest = scores.reduce((most, score) => Math.max(most, score), 0);
  for (const [i, score] of scores.entries()) {
    const scaled = highest === 0 ? 0 : Math.trunc((maxNodeScore * score) / highest);
    scores[i] = reverse ? maxNodeScore - scaled : scaled;
  }
}
