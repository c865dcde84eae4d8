import { findCondition, isControlledBy } from '@berth/api';
import type { Deployment, KubeObject, Pod, ReplicaSet } from '@berth/api';

/** How far something is on its way to what its spec says. */
export type Progress =
  | { readonly kind: 'done'; readonly message: string }
  | { readonly kind: 'busy'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

const busy = (message: string): Progress => ({ kind: 'busy', message });

/** What kubectl says about a Deployment's rollout. */
export function deploymentProgress({ metadata, spec, status = {} }: Deployment): Progress {
  const { name, generation = 0 } = metadata;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const wanted = spec.replicas ?? 1;
  if (generation > (status.observedGeneration ?? 0)) {
    return busy('Waiting for deployment spec update to be observed...');
  }
  if (findCondition(status.conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded') {
    return { kind: 'failed', message: `deployment "${name}" exceeded its progress deadline` };
  }
  const waiting = `Waiting for deployment "${name}" rollout to finish:`;
  if (updatedReplicas < wanted) {
    return busy(`${waiting} ${updatedReplicas} out of ${wanted} new replicas have been updated...`);
  }
  if (replicas > updatedReplicas) {
    return busy(`${waiting} ${replicas - updatedReplicas} old replicas are pending termination...`);
  }
  if (availableReplicas < updatedReplicas) {
    return busy(
      `${waiting} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`,
    );
  }
  return { kind: 'done', message: `deployment "${name}" successfully rolled out` };
}

export function replicaSetProgress({ metadata, spec, status }: ReplicaSet): Progress {
  const { name, generation = 0 } = metadata;
  const wanted = spec.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  return generation <= (status?.observedGeneration ?? 0) && available >= wanted
    ? { kind: 'done', message: `replicaset "${name}" has all its replicas` }
    : busy(`Waiting for replicaset "${name}": ${available} of ${wanted} replicas are available...`);
}

export function podProgress({ metadata: { name }, status }: Pod): Progress {
  if (status?.phase === 'Succeeded') return { kind: 'done', message: `pod "${name}" completed` };
  return findCondition(status?.conditions, 'Ready')?.status === 'True'
    ? { kind: 'done', message: `pod "${name}" is ready` }
    : busy(`Waiting for pod "${name}" to be ready: it is ${status?.phase ?? 'Pending'}...`);
}

export const revisionAnnotation = 'deployment.kubernetes.io/revision';

export const revisionOf = ({ metadata }: KubeObject): number =>
  Number(metadata.annotations?.[revisionAnnotation] ?? 0);

/** A Deployment's ReplicaSets, the oldest revision first. */
export const ownReplicaSets = (
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): readonly ReplicaSet[] =>
  replicaSets
    .filter((replicaSet) => isControlledBy(replicaSet, deployment))
    .toSorted((a, b) => revisionOf(a) - revisionOf(b));

/** The pods of the newest revision: the ones whose trouble stops the rollout. */
export function newestPods(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  pods: readonly Pod[],
): readonly Pod[] {
  const newest = ownReplicaSets(deployment, replicaSets).at(-1);
  // Until the controller has looked, the newest ReplicaSet is the one of the old template.
  const isObserved =
    (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
  return newest && isObserved ? pods.filter((pod) => isControlledBy(pod, newest)) : [];
}
