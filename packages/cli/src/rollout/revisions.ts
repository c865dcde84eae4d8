import type { Deployment, PodTemplateSpec, ReplicaSet } from '@berth/api';
import { isControlledBy } from '@berth/api';

export const changeCauseAnnotation = 'kubernetes.io/change-cause';
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const hashLabel = 'pod-template-hash';

/** The number that the controller gave this state of a deployment; 0 before it did. */
export const revisionOf = ({ metadata }: Deployment | ReplicaSet): number =>
  Number(metadata.annotations?.[revisionAnnotation] ?? 0) || 0;

/** The replica sets of a deployment that stand for a revision, oldest revision first. */
export const revisionsOf = (
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): readonly ReplicaSet[] =>
  sets
    .filter((set) => isControlledBy(set, deployment) && revisionOf(set) > 0)
    .toSorted((a, b) => revisionOf(a) - revisionOf(b));

/** A replica set's template as the deployment had it: without the label that tells sets apart. */
export function templateOf({ spec }: ReplicaSet): PodTemplateSpec {
  const { metadata, ...template } = spec.template ?? {};
  const { [hashLabel]: _, ...labels } = metadata?.labels ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}
