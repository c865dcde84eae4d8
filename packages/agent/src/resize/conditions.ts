import type { Pod, PodCondition } from '@berth/api';

import type { PodRuntimeStatus } from '../pod-runtime.ts';
import type { PendingResize } from './plan-allocation.ts';
import { planResizes } from './plan-resizes.ts';

export interface ResizeConditionsInput {
  /** With what it was granted. */
  readonly pod: Pod;
  readonly runtime: PodRuntimeStatus;
  readonly pendingResize?: PendingResize;
  readonly resizeError?: string;
}

/** How far the resize of a pod has come; nothing when it has all that it asks for. Without transition times. */
export function resizeConditions({
  pod,
  runtime,
  pendingResize,
  resizeError,
}: ResizeConditionsInput): readonly PodCondition[] {
  const { generation } = pod.metadata;
  const condition = (type: string, why: Partial<PodCondition>): PodCondition => ({
    type,
    status: 'True',
    ...why,
    ...(generation !== undefined && { observedGeneration: generation }),
  });
  const error = resizeError === undefined ? {} : { reason: 'Error', message: resizeError };
  return [
    ...(pendingResize ? [condition('PodResizePending', pendingResize)] : []),
    ...(planResizes(pod, runtime).length > 0 ? [condition('PodResizeInProgress', error)] : []),
  ];
}
