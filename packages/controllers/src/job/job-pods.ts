import { findCondition } from '@berth/api';
import type { Job, Pod } from '@berth/api';

/** On a pod until its end is counted, so that no end is missed and none is counted twice. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index';
export const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count';
export const ignoredCountAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const isTracked = ({ metadata }: Pod): boolean =>
  metadata.finalizers?.includes(trackingFinalizer) ?? false;

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';

export const isSuspended = ({ spec }: Job): boolean => spec.suspend === true;

export const limitsPerIndex = (job: Job): boolean =>
  isIndexed(job) && job.spec.backoffLimitPerIndex !== undefined;

/** Whether a pod on its way out is replaced only once it has failed, and not at once. */
export const replacesOnlyFailed = ({ spec }: Job): boolean =>
  spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;

export const isTerminating = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  status?.phase !== 'Succeeded' &&
  status?.phase !== 'Failed';

/** A pod that is deleted before its end will not come to a good one, unless the job waits to see. */
export const hasFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' || (isTerminating(pod) && !replacesOnlyFailed(job));

export const hasSucceeded = ({ status }: Pod): boolean => status?.phase === 'Succeeded';

/** The completion index of a pod; undefined when it has none that the job asks for. */
export function indexOf({ spec }: Job, { metadata }: Pod): number | undefined {
  const index = Number(metadata.annotations?.[indexAnnotation] ?? NaN);
  return Number.isInteger(index) && index >= 0 && index < (spec.completions ?? 0)
    ? index
    : undefined;
}

/** Whether the end of a pod means anything to the job: with indexes, only that of a pod that has one. */
export const counts = (job: Job, pod: Pod): boolean =>
  !isIndexed(job) || indexOf(job, pod) !== undefined;

/** When a pod came to its end, in ms: when its last container did, or else the best guess that there is. */
export function finishedAt(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).flatMap(
    ({ state }) => state?.terminated?.finishedAt ?? [],
  );
  if (ends.length > 0) return Math.max(...ends.map((end) => Date.parse(end)));
  const guess =
    findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ??
    pod.metadata.deletionTimestamp ??
    pod.metadata.creationTimestamp;
  return Date.parse(guess);
}

const countIn = ({ metadata }: Pod, annotation: string) =>
  Number(metadata.annotations?.[annotation] ?? 0) || 0;

/** How many pods of its index failed before this one: those that count, and those that a policy ignored. */
export const failuresBefore = (pod: Pod) => ({
  counted: countIn(pod, failureCountAnnotation),
  ignored: countIn(pod, ignoredCountAnnotation),
});
