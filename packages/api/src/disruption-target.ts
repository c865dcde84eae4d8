import type { Pod } from './gen/types.ts';

/**
 * What whoever ends a pod from outside says on it beforehand, so that those who count its end can tell it from a failure:
 * upstream's condition of that name, about the pod as it is now.
 */
export const disruptionTarget = ({ metadata }: Pod, reason: string, message: string) => ({
  type: 'DisruptionTarget',
  ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
  status: 'True',
  reason,
  message,
});
