import type { Column } from '../cluster/columns.ts';
import type { ClusterView } from '../cluster-state.ts';
import { maxNodeScore } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Amounts } from '../resources.ts';

export interface ScoredResource {
  readonly name: string;
  readonly weight?: number;
}

/** One point of the curve of RequestedToCapacityRatio: a used share in percent, and a score from 0 to 10 for it. */
interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

export interface ScoringStrategy {
  readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  readonly resources?: readonly ScoredResource[];
  readonly requestedToCapacityRatio?: { readonly shape: readonly ShapePoint[] };
}

/** What upstream scores by unless the configuration says otherwise. */
export const scoredResources: readonly Required<ScoredResource>[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

/** One scored resource on all nodes, with what the pod would add. */
interface Share {
  readonly column: Column;
  readonly added: number;
  readonly weight: number;
}

/** The score of a node by the mean of its resources' scores, weighted and in whole numbers. */
export function prepareStrategy(
  { type, resources = scoredResources, requestedToCapacityRatio }: ScoringStrategy,
  { shape }: PodInfo,
  cluster: ClusterView,
): (node: NodeInfo) => number {
  const shares = sharesOf(resources, shape.scoringRequests, cluster);
  switch (type) {
    case 'LeastAllocated':
      return weightedMean(shares, leastAllocated, false);
    case 'MostAllocated':
      return weightedMean(shares, mostAllocated, false);
    case 'RequestedToCapacityRatio':
      return weightedMean(shares, byCurve(requestedToCapacityRatio?.shape ?? []), true);
  }
}

/** Resources other than cpu and memory count only for pods that ask for them. */
function sharesOf(
  resources: readonly ScoredResource[],
  requests: Amounts,
  { columns }: ClusterView,
): readonly Share[] {
  return resources.flatMap(({ name, weight = 1 }) => {
    const added = requests.get(name) ?? 0;
    return added === 0 && isScalar(name) ? [] : [{ column: columns.of(name), added, weight }];
  });
}

export const isScalar = (resource: string): boolean =>
  resource !== 'cpu' && resource !== 'memory' && resource !== 'ephemeral-storage';

type ScoreShare = (requested: number, capacity: number) => number;

const leastAllocated: ScoreShare = (requested, capacity) =>
  requested > capacity ? 0 : Math.trunc(((capacity - requested) * maxNodeScore) / capacity);

const mostAllocated: ScoreShare = (requested, capacity) =>
  Math.trunc((Math.min(requested, capacity) * maxNodeScore) / capacity);

/** Straight lines between the points; flat before the first and after the last. */
function byCurve(points: readonly ShapePoint[]): ScoreShare {
  const curve = points.map(({ utilization, score }) => ({ at: utilization, score: score * 10 }));
  const scoreAt = (utilization: number): number => {
    const next = curve.findIndex(({ at }) => utilization <= at);
    if (next < 0) return curve.at(-1)?.score ?? 0;
    const to = curve[next]!;
    const from = curve[next - 1];
    if (!from) return to.score;
    return (
      from.score +
      Math.trunc(((to.score - from.score) * (utilization - from.at)) / (to.at - from.at))
    );
  };
  return (requested, capacity) =>
    capacity === 0 || requested > capacity
      ? scoreAt(100)
      : scoreAt(Math.trunc((requested * 100) / capacity));
}

/** `rounded`: to the nearest whole number, and without the resources that score nothing, as upstream has it for curves. */
function weightedMean(shares: readonly Share[], score: ScoreShare, rounded: boolean) {
  return ({ index }: NodeInfo): number => {
    let sum = 0;
    let weights = 0;
    for (const { column, added, weight } of shares) {
      const capacity = column.allocatable(index);
      if (capacity === 0) continue;
      const own = score(column.scoringRequested(index) + added, capacity);
      if (rounded && own <= 0) continue;
      sum += own * weight;
      weights += weight;
    }
    if (weights === 0) return 0;
    return rounded ? Math.round(sum / weights) : Math.trunc(sum / weights);
  };
}
