import { maxNodeScore } from '../framework.ts';
import type { Partition } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { Opinion } from './opinions.ts';

/** The weighted scores of the feasible nodes, in their order, by the plugin that gives them. */
export function rate(
  opinions: readonly Opinion[],
  feasible: readonly NodeInfo[],
): ReadonlyMap<string, readonly number[]> {
  const rated = new Map<string, readonly number[]>();
  for (const opinion of opinions) {
    const { plugin, partition } = opinion;
    const scores = partition ? scoresOfCells(partition, feasible) : scoresOf(opinion, feasible);
    if (!scores) continue;
    const { name, weight = 1 } = plugin;
    rated.set(
      name,
      scores.map((score) => checked(name, score) * weight),
    );
  }
  return rated;
}

function scoresOf(
  { plugin, score }: Opinion,
  feasible: readonly NodeInfo[],
): readonly number[] | undefined {
  const ask = score();
  if (!ask) return undefined;
  const scores = feasible.map(ask);
  plugin.score?.normalize?.(scores);
  return scores;
}

function scoresOfCells(
  { cellOf = () => 0, score }: Partition,
  feasible: readonly NodeInfo[],
): readonly number[] | undefined {
  if (!score) return undefined;
  const ids = feasible.map(cellOf);
  const sizes = new Map<number, number>();
  for (const id of ids) sizes.set(id, (sizes.get(id) ?? 0) + 1);
  const scores = score([...sizes].map(([id, nodes]) => ({ id, nodes })));
  const byCell = new Map([...sizes.keys()].map((id, i) => [id, scores[i]!]));
  return ids.map((id) => byCell.get(id)!);
}

/** Refuses scores that upstream would not take either. */
export function checked(plugin: string, score: number): number {
  if (Number.isInteger(score) && score >= 0 && score <= maxNodeScore) return score;
  throw new RangeError(
    `plugin ${plugin} gives the score ${score}, which is no whole number from 0 to ${maxNodeScore}`,
  );
}
