import type { NodeInfo } from '../node-info.ts';
import { countReasons } from './choose.ts';
import { highest } from './decide-asking.ts';
import type { Decision } from './decision.ts';
import type { Judgement } from './judge.ts';
import type { Opinion } from './opinions.ts';
import { winsOver } from './lot.ts';
import { rate } from './rate.ts';

/** One decision without anything remembered: every plugin is asked about every node. */
export function decidePlainly(
  opinions: readonly Opinion[],
  nodes: Iterable<NodeInfo>,
  judgeNode: (node: NodeInfo) => Judgement,
): Decision {
  const feasible: NodeInfo[] = [];
  const reasons = new Map<string, number>();
  const refusedBy = new Set<string>();
  let nodeCount = 0;
  for (const node of nodes) {
    nodeCount += 1;
    const { verdict, refusedBy: plugin } = judgeNode(node);
    if (verdict.ok) {
      feasible.push(node);
      continue;
    }
    refusedBy.add(plugin);
    countReasons(reasons, verdict, 1);
  }
  const [only] = feasible;
  if (!only) return { kind: 'unschedulable', nodeCount, reasons, refusedBy };
  const best = feasible.length === 1 ? feasible : highest(feasible, totals(opinions, feasible));
  const chosen = best.reduce((a, b) => (winsOver(b, a) ? b : a));
  return { kind: 'bind', nodeName: chosen.name, feasible: feasible.length };
}

function totals(opinions: readonly Opinion[], feasible: readonly NodeInfo[]): readonly number[] {
  const sums = feasible.map(() => 0);
  for (const scores of rate(opinions, feasible).values())
    for (const [i, score] of scores.entries()) sums[i]! += score;
  return sums;
}
