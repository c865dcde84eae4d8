import type { ClusterView } from '../cluster-state.ts';
import type { Filter, Partition, Plugin, Score } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';

/** What one plugin has to say about one pod, ready to be asked about nodes. */
export interface Opinion {
  readonly plugin: Plugin;
  readonly filter: Filter | undefined;
  readonly partition: Partition | undefined;
  /** Prepared when it is first asked for: a pod that fits nowhere, or in one place only, is never scored. */
  score(): Score | undefined;
}

export const opinionsOn = (
  pod: PodInfo,
  cluster: ClusterView,
  plugins: readonly Plugin[],
): readonly Opinion[] =>
  plugins.map((plugin) => {
    const score = once(() => plugin.score?.prepare(pod, cluster));
    return {
      plugin,
      filter: plugin.filter?.(pod, cluster),
      partition: plugin.partition?.(pod, cluster),
      score,
    };
  });

export function release(opinions: readonly Opinion[]): void {
  for (const { partition } of opinions) partition?.release();
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
