import type { Refusal, Verdict } from '../framework.ts';
import { refuse } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Budgets } from './budgets.ts';
import { byImportance, startOf } from './importance.ts';

/** What it takes to make room for a pod on one node. */
export interface Eviction {
  /** The most important first; at least one. */
  readonly victims: readonly PodInfo[];
  /** How many of them a disruption budget would have kept. */
  readonly violations: number;
  /** Decide in this order between nodes; lower is better. */
  readonly cost: Cost;
}

/** Violations, highest priority, sum of priorities, number of victims, and how early the most important ones started. */
export type Cost = readonly [number, number, number, number, number];

/** A node without some of its pods, to try a pod on. It starts without all that are less important than that pod. */
export interface Trial {
  /** Whether the node would take the pod. */
  verdict(): Verdict;
  putBack(pod: PodInfo): void;
  takeOff(pod: PodInfo): void;
}

const noVictims = refuse('No preemption victims found for incoming pod');

/** All that is less important goes; then as much comes back as can: first what budgets protect, and the most important first. */
export function findEviction(
  lesser: Iterable<PodInfo>,
  budgets: Budgets,
  trial: Trial,
): Eviction | Refusal {
  const candidates = byImportance(lesser);
  if (candidates.length === 0) return noVictims;
  const verdict = trial.verdict();
  if (!verdict.ok) return verdict;
  const violating = budgets.violating(candidates);
  const victims = new Set<PodInfo>();
  const tryToKeep = (pod: PodInfo) => {
    trial.putBack(pod);
    if (trial.verdict().ok) return;
    trial.takeOff(pod);
    victims.add(pod);
  };
  for (const pod of candidates) if (violating.has(pod)) tryToKeep(pod);
  const violations = victims.size;
  for (const pod of candidates) if (!violating.has(pod)) tryToKeep(pod);
  const ranked = candidates.filter((pod) => victims.has(pod));
  // Without victims there would have been nothing to make room for.
  if (ranked.length === 0) return noVictims;
  return { victims: ranked, violations, cost: costOf(ranked, violations) };
}

/** Of victims in the order of importance, at least one. */
export function costOf(victims: readonly PodInfo[], violations: number): Cost {
  const highest = victims[0]!.priority;
  let sum = 0;
  let earliest = Number.MAX_SAFE_INTEGER;
  for (const { pod, priority } of victims) {
    // As if priorities began at 0, so that fewer pods are cheaper whatever their sign.
    sum += priority + 2 ** 31;
    if (priority === highest) earliest = Math.min(earliest, startOf(pod));
  }
  return [violations, highest, sum, victims.length, -earliest];
}

export function compareCosts(a: Cost, b: Cost): number {
  for (let i = 0; i < a.length; i += 1) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
