import type { Pod } from '@berth/api';
import { allContainers, chooseContainer } from './pod-containers.ts';

/** One container's log. */
export interface LogSource {
  readonly pod: Pod;
  readonly container: string;
}

export interface LogPlan {
  readonly sources: readonly LogSource[];
  /** What a person should know about how they were chosen. */
  readonly notes: readonly string[];
}

/** Which logs of a pod are meant. Throws `UsageError` when there is no such container. */
export function planLogSources(
  pod: Pod,
  {
    container,
    allContainers: isAll,
  }: { readonly container?: string; readonly allContainers?: boolean },
): LogPlan {
  if (isAll) {
    return { sources: allContainers(pod).map((name) => ({ pod, container: name })), notes: [] };
  }
  const { name, note } = chooseContainer(pod, container);
  return { sources: [{ pod, container: name }], notes: note === undefined ? [] : [note] };
}
