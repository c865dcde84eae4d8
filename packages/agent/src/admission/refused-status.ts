import type { Pod, PodStatus } from '@berth/api';
import { formatTime } from '@berth/component-base';

import type { Verdict } from '../pod-ending.ts';
import { qosClass } from '../qos.ts';

/** Whether the API tells of a pod that a node did not take: it has failed, and it never had containers. */
export const wasRefused = ({ status = {} }: Pod): boolean =>
  status.phase === 'Failed' && !status.containerStatuses && !status.initContainerStatuses;

/** The status of a pod that the node did not take; without `verdict` the one that it was `known` by before. */
export function refusedStatus(
  { metadata, spec }: Pod,
  verdict: Verdict | undefined,
  now: number,
  known: PodStatus = {},
): PodStatus {
  if (!verdict) return known;
  const { conditions, startTime = formatTime(now) } = known;
  return {
    phase: 'Failed',
    ...verdict,
    ...(conditions && { conditions }),
    startTime,
    qosClass: known.qosClass ?? qosClass({ metadata, spec }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
  };
}
