import type { ClusterView } from '../cluster-state.ts';
import type { Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Opinion } from './opinions.ts';
import type { Refused } from './refusals.ts';

/** Whether what the plugin says of a node can be kept until the node changes. */
export const isKept = ({ scope, filter, score }: Plugin): boolean =>
  scope === 'node' || !(filter ?? score);

/** The plugins without what cannot be kept; each has the place that it had. */
export const onlyKept = (plugins: readonly Plugin[]): readonly Plugin[] =>
  plugins.map((plugin) => {
    if (isKept(plugin)) return plugin;
    const { filter: _filter, score: _score, ...rest } = plugin;
    return rest;
  });

/** What cannot be kept, by the place of the plugin: asked for anew at every decision. */
export type Unkept = ReadonlyMap<number, Pick<Opinion, 'plugin' | 'filter' | 'score'>>;

export const unkeptOn = (pod: PodInfo, cluster: ClusterView, plugins: readonly Plugin[]): Unkept =>
  new Map(
    [...plugins.entries()]
      .filter(([, plugin]) => !isKept(plugin))
      .map(([order, plugin]) => {
        const filter = plugin.filter?.(pod, cluster);
        return [order, { plugin, filter, score: () => plugin.score?.prepare(pod, cluster) }];
      }),
  );

/** Kept opinions and the others together, in the order of the plugins. */
export const together = (kept: readonly Opinion[], unkept: Unkept): readonly Opinion[] =>
  unkept.size === 0 ? kept : kept.map((opinion, order) => ({ ...opinion, ...unkept.get(order) }));

/** The first refusal of a node by those that are asked before the plugin at `end`. */
export function refusalBefore(end: number, unkept: Unkept, node: NodeInfo): Refused | undefined {
  for (const [order, { plugin, filter }] of unkept) {
    if (order >= end) return undefined;
    const verdict = filter?.(node);
    if (verdict && !verdict.ok) return { plugin: plugin.name, order, refusal: verdict };
  }
  return undefined;
}
