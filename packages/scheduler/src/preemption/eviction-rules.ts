import type { ClusterState } from '../cluster-state.ts';
import { opinionsOn, release } from '../engine/opinions.ts';
import type { Filter, NeededRoom, Plugin } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';

/** What has to be known of a pod to say whether others leaving a node would help it. */
export interface EvictionRules {
  /** What the pod needs of a node's room, when that is all it needs of the pods there; undefined when there is more to it. */
  readonly room: readonly NeededRoom[] | undefined;
  /** Filters that no leaving pod can change, in order. */
  readonly fixed: readonly Filter[];
  /** Whether what the rules were made for has changed. */
  isStale(): boolean;
  release(): void;
}

export function evictionRulesOf(
  pod: PodInfo,
  state: ClusterState,
  plugins: readonly Plugin[],
): EvictionRules {
  const opinions = opinionsOn(pod, state, plugins);
  const kinds = plugins.flatMap(({ reads }) => reads?.(pod) ?? []);
  const revision = state.objects.revision(...kinds);
  const fixed: Filter[] = [];
  const room: NeededRoom[] = [];
  let isRoomAll = true;
  for (const { plugin, filter, partition } of opinions) {
    if (partition?.filter) isRoomAll = false;
    if (!filter) continue;
    if (plugin.heedsPods === false) fixed.push(filter);
    else if (plugin.neededRoom) room.push(...plugin.neededRoom(pod, state));
    else isRoomAll = false;
  }
  return {
    room: isRoomAll ? room : undefined,
    fixed,
    isStale: () =>
      (kinds.length > 0 && state.objects.revision(...kinds) !== revision) ||
      opinions.some(({ partition }) => partition?.isStale()),
    release: () => release(opinions),
  };
}
