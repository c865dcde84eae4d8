import type { ClusterView } from '../cluster-state.ts';
import type { Filter, Partition, Plugin, Score } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { opinionsOn, release } from './opinions.ts';
import type { Opinion } from './opinions.ts';

interface AskedFilter {
  readonly plugin: string;
  readonly order: number;
  /** Whether pods on the node can change the answer. */
  readonly heedsPods: boolean;
  readonly ask: Filter;
}

export interface AskedScore {
  readonly plugin: string;
  readonly weight: number;
  readonly heedsPods: boolean;
  readonly ask: Score;
  readonly normalize: ((scores: number[]) => void) | undefined;
}

export interface AskedPartition {
  readonly plugin: string;
  readonly order: number;
  readonly weight: number;
  readonly heedsPods: boolean;
  readonly partition: Partition;
}

/** The opinions on one shape, sorted by how they are asked. */
export interface Panel {
  readonly opinions: readonly Opinion[];
  readonly filters: readonly AskedFilter[];
  /** Scores that count as they are. */
  readonly ownScores: readonly AskedScore[];
  /** Scores that count in comparison with those of other nodes. */
  readonly rawScores: readonly AskedScore[];
  /** Those that tell nodes apart, or refuse, or score. */
  readonly partitions: readonly AskedPartition[];
  /** Whether something beside nodes and pods changed on which an opinion depends. */
  isStale(): boolean;
  release(): void;
}

export function createPanel(pod: PodInfo, cluster: ClusterView, plugins: readonly Plugin[]): Panel {
  const opinions = opinionsOn(pod, cluster, plugins);
  const kinds = plugins.flatMap(({ reads }) => reads?.(pod) ?? []);
  const revision = cluster.objects.revision(...kinds);
  const scores = opinions.flatMap(({ plugin, score }): AskedScore[] => {
    const ask = score();
    const { name, weight = 1 } = plugin;
    const heedsPods = plugin.heedsPods ?? true;
    return ask && weight > 0
      ? [{ plugin: name, weight, heedsPods, ask, normalize: plugin.score?.normalize }]
      : [];
  });
  const partitions = opinions.flatMap(({ partition }) => partition ?? []);
  return {
    opinions,
    filters: opinions.flatMap(({ plugin, filter }, order) =>
      filter
        ? [{ plugin: plugin.name, order, heedsPods: plugin.heedsPods ?? true, ask: filter }]
        : [],
    ),
    ownScores: scores.filter(({ normalize }) => !normalize),
    rawScores: scores.filter(({ normalize }) => normalize),
    partitions: opinions.flatMap(
      ({ plugin: { name, weight = 1, heedsPods = true }, partition }, order) =>
        partition && (partition.filter ?? partition.score)
          ? [{ plugin: name, order, weight, heedsPods, partition }]
          : [],
    ),
    isStale: () =>
      (kinds.length > 0 && cluster.objects.revision(...kinds) !== revision) ||
      partitions.some((partition) => partition.isStale()),
    release: () => release(opinions),
  };
}
