import type { Filter, Plugin, Verdict } from './framework.ts';
import { fits } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

interface NodeScore {
  readonly nodeName: string;
  readonly total: number;
}

export type Decision =
  | {
      readonly kind: 'bind';
      readonly nodeName: string;
      /** Feasible nodes with their totals; empty when there was only one. */
      readonly scores: readonly NodeScore[];
    }
  | {
      readonly kind: 'unschedulable';
      readonly nodeCount: number;
      /** How many nodes each reason ruled out. */
      readonly reasons: ReadonlyMap<string, number>;
      /** Names of the plugins that refused at least one node. */
      readonly refusedBy: ReadonlySet<string>;
    };

/**
 * One scheduling decision: filter all nodes, score the feasible ones, pick the best. Ties are broken evenly by
 * `random` (0 ≤ n < 1). Reads nothing but its arguments.
 */
export function selectNode(
  pod: PodInfo,
  nodes: Iterable<NodeInfo>,
  plugins: readonly Plugin[],
  random: () => number,
): Decision {
  const ask = prepareFilters(pod, plugins);
  const feasible: NodeInfo[] = [];
  const reasons = new Map<string, number>();
  const refusedBy = new Set<string>();
  let nodeCount = 0;
  for (const node of nodes) {
    nodeCount += 1;
    const { verdict, plugin } = ask(node);
    if (verdict.ok) {
      feasible.push(node);
      continue;
    }
    refusedBy.add(plugin);
    for (const reason of verdict.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const [only] = feasible;
  if (!only) return { kind: 'unschedulable', nodeCount, reasons, refusedBy };
  if (feasible.length === 1) return { kind: 'bind', nodeName: only.name, scores: [] };
  const scores = scoreNodes(pod, feasible, plugins);
  return { kind: 'bind', nodeName: pickBest(scores, random), scores };
}

interface Answer {
  readonly verdict: Verdict;
  /** The plugin that refused; empty when all agreed. */
  readonly plugin: string;
}

/** Asks the plugins about a node in order, up to the first refusal. */
export function prepareFilters(
  pod: PodInfo,
  plugins: readonly Plugin[],
): (node: NodeInfo) => Answer {
  const filters = plugins.flatMap(({ name, filter }): { name: string; filter: Filter }[] => {
    const prepared = filter?.(pod);
    return prepared ? [{ name, filter: prepared }] : [];
  });
  return (node) => {
    for (const { name, filter } of filters) {
      const verdict = filter(node);
      if (!verdict.ok) return { verdict, plugin: name };
    }
    return { verdict: fits, plugin: '' };
  };
}

function scoreNodes(
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  plugins: readonly Plugin[],
): readonly NodeScore[] {
  const totals = nodes.map(() => 0);
  for (const { score } of plugins) {
    const rate = score?.prepare(pod);
    if (!score || !rate) continue;
    const scores = nodes.map(rate);
    score.normalize?.(scores);
    for (const [i, value] of scores.entries()) totals[i]! += value * score.weight;
  }
  return nodes.map(({ name }, i) => ({ nodeName: name, total: totals[i]! }));
}

/** Every node with the highest total is equally likely. */
function pickBest(scores: readonly NodeScore[], random: () => number): string {
  let best: NodeScore | undefined;
  let ties = 0;
  for (const candidate of scores) {
    if (!best || candidate.total > best.total) {
      best = candidate;
      ties = 1;
    } else if (candidate.total === best.total) {
      ties += 1;
      if (random() * ties < 1) best = candidate;
    }
  }
  return best!.nodeName;
}
