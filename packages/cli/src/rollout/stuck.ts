import type { ContainerStatus, Pod } from '@berth/api';
import { findCondition } from '@berth/api';

/** Why a pod will not become ready unless somebody does something. */
export interface Stuck {
  readonly pod: string;
  readonly reason: string;
  readonly message: string;
  /** The container that runs and ends again: what it wrote last tells why. */
  readonly crashed?: string;
}

/** Waiting reasons that the kubelet tries again and again, with the same outcome. */
const hopeless = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
]);

/** Nodes come and old pods leave: a pod that fits nowhere just now is given this long. */
const unschedulableGraceMs = 10_000;

/** The first pod that is stuck. `now` in milliseconds since the epoch. */
export function findStuck(pods: readonly Pod[], now: number): Stuck | undefined {
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp) continue;
    const found = stuckContainer(pod) ?? unschedulable(pod, now);
    if (found) return found;
  }
  return undefined;
}

export const containersOf = ({ status }: Pod): readonly ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

function stuckContainer(pod: Pod): Stuck | undefined {
  const container = containersOf(pod).find(({ state }) =>
    hopeless.has(state?.waiting?.reason ?? ''),
  );
  if (!container) return undefined;
  const { reason = '', message = '' } = container.state?.waiting ?? {};
  const hasRun = reason === 'CrashLoopBackOff';
  const ended = hasRun ? ` (${endOf(container)})` : '';
  return {
    pod: pod.metadata.name,
    reason,
    message: `container ${container.name}: ${message || reason}${ended}`,
    ...(hasRun && { crashed: container.name }),
  };
}

/** How a container ended last: `exit code 1, Error`. */
export function endOf({ lastState, state }: ContainerStatus): string {
  const ended = lastState?.terminated ?? state?.terminated;
  if (!ended) return 'it ended';
  return `exit code ${ended.exitCode}${ended.reason ? `, ${ended.reason}` : ''}`;
}

function unschedulable(pod: Pod, now: number): Stuck | undefined {
  const condition = findCondition(pod.status?.conditions, 'PodScheduled');
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable') return undefined;
  const since = Date.parse(condition.lastTransitionTime ?? pod.metadata.creationTimestamp);
  if (now - since < unschedulableGraceMs) return undefined;
  return { pod: pod.metadata.name, reason: 'Unschedulable', message: condition.message ?? '' };
}
