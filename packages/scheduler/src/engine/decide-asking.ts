import type { NodeInfo } from '../node-info.ts';
import { compare, countReasons, refusalIn } from './choose.ts';
import type { Decision } from './decision.ts';
import type { Group } from './groups.ts';
import type { Judgement } from './judge.ts';
import { winsOver } from './lot.ts';
import { checked } from './rate.ts';
import type { Refused } from './refusals.ts';
import type { Kept } from './shape-class.ts';
import { refusalBefore } from './unkept.ts';
import type { Unkept } from './unkept.ts';

/**
 * A decision with plugins whose answers cannot be kept: what the others say of every node is kept, these are asked about
 * each node that reaches them. `special` answers for nodes of which what is kept is not the whole truth.
 */
export function decideAsking(
  kept: Kept,
  unkept: Unkept,
  nodes: Iterable<NodeInfo>,
  special: (node: NodeInfo) => Judgement | undefined,
): Decision {
  const refusalOf = refusalsIn(kept, unkept);
  const feasible: NodeInfo[] = [];
  const reasons = new Map<string, number>();
  const refusedBy = new Set<string>();
  let nodeCount = 0;
  for (const node of nodes) {
    nodeCount += 1;
    const judgement = special(node) ?? judged(refusalOf(node));
    if (!judgement || judgement.verdict.ok) {
      feasible.push(node);
      continue;
    }
    refusedBy.add(judgement.refusedBy);
    countReasons(reasons, judgement.verdict, 1);
  }
  const [only] = feasible;
  if (!only) return { kind: 'unschedulable', nodeCount, reasons, refusedBy };
  const best = feasible.length === 1 ? feasible : highest(feasible, totals(kept, unkept, feasible));
  const chosen = best.reduce((a, b) => (winsOver(b, a) ? b : a));
  return { kind: 'bind', nodeName: chosen.name, feasible: feasible.length };
}

const judged = (refused: Refused | undefined): Judgement | undefined =>
  refused && { verdict: refused.refusal, refusedBy: refused.plugin };

/** Whoever comes first in the order of the plugins is the one who refuses. */
function refusalsIn({ panel, groupOf, codeOf, refusals }: Kept, unkept: Unkept) {
  const byGroup = new Map<Group, Refused | undefined>();
  const ofGroup = (group: Group): Refused | undefined => {
    if (!byGroup.has(group)) byGroup.set(group, refusalIn(panel, group.cells));
    return byGroup.get(group);
  };
  return (node: NodeInfo): Refused | undefined => {
    const code = codeOf(node.index);
    const own = code === 0 ? undefined : refusals.at(code);
    const shared = ofGroup(groupOf(node.index));
    const first = own && shared ? (own.order <= shared.order ? own : shared) : (own ?? shared);
    return refusalBefore(first?.order ?? Infinity, unkept, node) ?? first;
  };
}

function totals(
  { panel, groupOf, scoreOf }: Kept,
  unkept: Unkept,
  feasible: readonly NodeInfo[],
): readonly number[] {
  const groups = feasible.map(({ index }) => groupOf(index));
  const open = new Set(groups);
  for (const group of open) group.feasible = 0;
  for (const group of groups) group.feasible += 1;
  compare(panel, [...open]);
  const sums = feasible.map(({ index }, i) => groups[i]!.offset + scoreOf(index));
  for (const { plugin, score } of unkept.values()) {
    const ask = score();
    if (!ask) continue;
    const scores = feasible.map(ask);
    plugin.score?.normalize?.(scores);
    for (const [i, each] of scores.entries())
      sums[i]! += (plugin.weight ?? 1) * checked(plugin.name, each);
  }
  return sums;
}

export const highest = (
  nodes: readonly NodeInfo[],
  scores: readonly number[],
): readonly NodeInfo[] => {
  const most = scores.reduce((a, b) => Math.max(a, b), 0);
  return nodes.filter((_, i) => scores[i] === most);
};
