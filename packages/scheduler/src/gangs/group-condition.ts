import type { Condition, PodGroup } from '@berth/api';
import { formatTime } from '@berth/component-base';

const type = 'PodGroupScheduled';

/** What became of a gang. */
export type GroupOutcome =
  | { readonly reason: 'Scheduled' }
  | { readonly reason: 'Unschedulable' | 'SchedulerError'; readonly message: string };

/** Whether as many pods as are needed had a node once. */
export const isScheduled = ({ status }: PodGroup): boolean =>
  status?.conditions?.some((known) => known.type === type && known.status === 'True') ?? false;

/** The condition to write; undefined when the group says as much already, or was scheduled before: that is never taken back. */
export function planGroupCondition(
  group: PodGroup,
  outcome: GroupOutcome,
  now: number,
): Condition | undefined {
  if (isScheduled(group)) return undefined;
  const status = outcome.reason === 'Scheduled' ? 'True' : 'False';
  const message = outcome.reason === 'Scheduled' ? '' : outcome.message;
  const { generation } = group.metadata;
  const known = group.status?.conditions?.find((condition) => condition.type === type);
  const isSaid =
    known?.status === status && known.reason === outcome.reason && known.message === message;
  if (isSaid && known.observedGeneration === generation) return undefined;
  return {
    type,
    ...(generation !== undefined && { observedGeneration: generation }),
    ...{ status, reason: outcome.reason, message },
    lastTransitionTime: known?.status === status ? known.lastTransitionTime : formatTime(now),
  };
}
