import { findCondition } from '@berth/api';
import type { ContainerStatus, Pod } from '@berth/api';

/** Why a pod does not come up, when that is more than a matter of moments. */
export interface Trouble {
  readonly pod: Pod;
  readonly reason: string;
  readonly message: string;
  /** Whose fault it is; absent for the pod as a whole. */
  readonly container?: string;
  /** Whether that container has run before, and may have said something. */
  readonly hasLogs: boolean;
  /** It may still pass by itself: somebody frees a node, or writes the missing object. */
  readonly mayPass: boolean;
}

/** Waiting reasons that a container does not leave without somebody's doing. */
const lasting = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RunContainerError',
]);
/** Those it may leave once something else is there. */
const passing = new Set(['CreateContainerConfigError', 'CreateContainerError', 'ErrImagePull']);

/** What is wrong with a pod; undefined for one that runs, or is on its way. */
export function troubleOf(pod: Pod): Trouble | undefined {
  const { status } = pod;
  const scheduled = findCondition(status?.conditions, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const message = scheduled.message ?? '';
    return { pod, reason: 'Unschedulable', message, hasLogs: false, mayPass: true };
  }
  if (status?.phase === 'Failed') {
    const ended = containersOf(pod).find(({ state }) => state?.terminated?.exitCode);
    return {
      pod,
      reason: status.reason ?? ended?.state?.terminated?.reason ?? 'Failed',
      message: status.message ?? exitText(ended),
      ...(ended && { container: ended.name }),
      hasLogs: ended !== undefined,
      mayPass: false,
    };
  }
  for (const container of containersOf(pod)) {
    const waiting = container.state?.waiting;
    const reason = waiting?.reason ?? '';
    if (!lasting.has(reason) && !passing.has(reason)) continue;
    return {
      pod,
      reason,
      message: [waiting?.message, exitText(container)].filter(Boolean).join('; '),
      container: container.name,
      hasLogs: container.lastState?.terminated !== undefined,
      mayPass: passing.has(reason),
    };
  }
  return undefined;
}

const containersOf = ({ status }: Pod): readonly ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

function exitText(container: ContainerStatus | undefined): string {
  const ended = container?.state?.terminated ?? container?.lastState?.terminated;
  if (!ended) return '';
  const how = ended.reason === 'OOMKilled' ? 'was killed for using too much memory' : 'ended';
  const code = ended.signal ? `signal ${ended.signal}` : `exit code ${ended.exitCode}`;
  return `it ${how} with ${code}`;
}

/** The trouble in one line. */
export const troubleText = ({ pod, container, reason, message }: Trouble): string =>
  [
    `pod ${pod.metadata.name}`,
    ...(container === undefined ? [] : [`container ${container}`]),
    reason,
    ...(message ? [message] : []),
  ].join(': ');
