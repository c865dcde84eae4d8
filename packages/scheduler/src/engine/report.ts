import type { NodeInfo } from '../node-info.ts';
import type { NodeReport } from './decision.ts';
import type { Judgement } from './judge.ts';
import type { Opinion } from './opinions.ts';
import { rate } from './rate.ts';

/** What the plugins say of every node, scores among the feasible ones included. */
export function reportOn(
  opinions: readonly Opinion[],
  nodes: readonly NodeInfo[],
  judgeNode: (node: NodeInfo) => Judgement,
): readonly NodeReport[] {
  const judged = nodes.map((node) => ({ node, ...judgeNode(node) }));
  const feasible = judged.filter(({ verdict }) => verdict.ok).map(({ node }) => node);
  const rated = rate(opinions, feasible);
  const places = new Map(feasible.map(({ name }, i) => [name, i]));
  return judged.map(({ node: { name }, verdict, refusedBy }) => {
    const at = places.get(name);
    const scores = new Map(
      at === undefined ? [] : [...rated].map(([plugin, all]) => [plugin, all[at]!]),
    );
    const total = [...scores.values()].reduce((sum, score) => sum + score, 0);
    return { nodeName: name, verdict, refusedBy, scores, total };
  });
}
