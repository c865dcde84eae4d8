import type { Pod } from '@berth/api';

import { specGrace } from './pod-plan.ts';

export interface Verdict {
  readonly reason: string;
  readonly message: string;
}

/** Why and how a pod ends. */
export interface Ending {
  readonly graceSeconds: number;
  /** The pod has failed by a decision of the node. */
  readonly verdict?: Verdict;
  /** Nothing of the pod may stay on the node. */
  readonly remove: boolean;
}

export interface EndingInput {
  readonly pod: Pod;
  /** The API no longer has the pod. */
  readonly gone: boolean;
  /** The API never told of the pod: all that is known is what the runtime says. */
  readonly orphan: boolean;
  /** Its containers have finished, or failed for good. */
  readonly finished: boolean;
  readonly verdict?: Verdict | undefined;
}

/** However a pod ends, its containers get a moment. */
const leastGraceSeconds = 1;

/** Undefined while the pod is to run. */
export function endingOf(input: EndingInput): Ending | undefined {
  const { pod, gone, orphan, finished, verdict } = input;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const remove = gone || deletionTimestamp !== undefined;
  if (!remove && !finished && !verdict) return undefined;
  const wanted = orphan ? 0 : (deletionGracePeriodSeconds ?? specGrace(pod));
  return {
    graceSeconds: Math.max(leastGraceSeconds, wanted),
    remove,
    ...(verdict && { verdict }),
  };
}

/** When a pod that may only run for so long is over, in ms since the epoch. */
export function deadlineOf(
  { spec, status }: Pod,
  startTime: string | undefined,
): number | undefined {
  const since = startTime ?? status?.startTime;
  if (spec.activeDeadlineSeconds === undefined || since === undefined) return undefined;
  return Date.parse(since) + spec.activeDeadlineSeconds * 1000;
}

export const deadlineExceeded: Verdict = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};
