import { maxNodeScore } from '../../framework.ts';
import type { Component } from '../component.ts';

export interface SoftConstraint {
  readonly maxSkew: number;
  readonly isHostname: boolean;
  readonly component: Component;
}

interface Place {
  /** The components of its nodes, by constraint. */
  readonly parts: readonly number[];
  /** How many feasible nodes there are. */
  readonly nodes: number;
}

/**
 * Upstream's score for soft constraints: fewer pods in the domain score higher, and each constraint weighs by the
 * logarithm of how many domains the feasible nodes are in. Without `needsAllKeys` nodes that lack a label are rated by
 * the constraints whose label they have; with it they score 0.
 */
export function evenness(
  constraints: readonly SoftConstraint[],
  places: readonly Place[],
  needsAllKeys: boolean,
): readonly number[] {
  const isRated = ({ parts }: Place) => !needsAllKeys || !parts.includes(0);
  const rated = places.filter(isRated);
  const weights = constraints.map((constraint, i) => Math.log(domainsIn(constraint, i, rated) + 2));
  let highest = 0;
  let lowest = Infinity;
  const raw = places.map((place) => {
    if (!isRated(place)) return undefined;
    const crowd = crowdAt(place, constraints, weights);
    highest = Math.max(highest, crowd);
    lowest = Math.min(lowest, crowd);
    return crowd;
  });
  return raw.map((crowd) => {
    if (crowd === undefined) return 0;
    if (highest === 0) return maxNodeScore;
    return Math.trunc((maxNodeScore * (highest + lowest - crowd)) / highest);
  });
}

function crowdAt(
  { parts }: Place,
  constraints: readonly SoftConstraint[],
  weights: readonly number[],
): number {
  let sum = 0;
  for (let i = 0; i < constraints.length; i += 1) {
    const part = parts[i]!;
    const { component, maxSkew } = constraints[i]!;
    if (part !== 0) sum += component.sumAt(part) * weights[i]! + (maxSkew - 1);
  }
  return Math.round(sum);
}

/** Nodes that lack the label are together in a domain of their own; of host names there are as many as nodes. */
function domainsIn(
  { isHostname, component }: SoftConstraint,
  i: number,
  places: readonly Place[],
): number {
  const nodes = places.reduce((sum, place) => sum + place.nodes, 0);
  if (isHostname) return nodes;
  if (!component.bySum) return new Set(places.map(({ parts }) => parts[i])).size;
  const lacking = places.reduce((sum, { parts, nodes: n }) => sum + (parts[i] === 0 ? n : 0), 0);
  return nodes - lacking + (lacking > 0 ? 1 : 0);
}
