import { parseTime } from '@berth/api';
import type { Pod } from '@berth/api';
import type { PodInfo } from '../pod-info.ts';

/** In ms; a pod that nobody has seen start counts as starting last. */
export function startOf({ status }: Pod): number {
  return (status?.startTime && parseTime(status.startTime)) || Number.MAX_SAFE_INTEGER;
}

/** The most important first: by priority, then by how long they run. */
export function byImportance(pods: Iterable<PodInfo>): readonly PodInfo[] {
  const ranked = Array.from(pods, (pod) => ({ pod, start: startOf(pod.pod) }));
  ranked.sort((a, b) => b.pod.priority - a.pod.priority || a.start - b.start);
  return ranked.map(({ pod }) => pod);
}
