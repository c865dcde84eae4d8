import type { Deployment, ReplicaSet } from '@berth/api';
import { same } from '../same.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';
export const hashLabel = 'pod-template-hash';

const notInherited = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
]);

export const revisionOf = ({ metadata }: ReplicaSet | Deployment): number =>
  Number(metadata.annotations?.[revisionAnnotation] ?? 0) || 0;

export const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  a.metadata.creationTimestamp === b.metadata.creationTimestamp
    ? compareText(a.metadata.name, b.metadata.name)
    : compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp);

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The oldest set that was made from the deployment's present template, apart from the hash label it got. */
export const findNewReplicaSet = (
  { spec }: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined =>
  [...sets].sort(byAge).find((set) => same(withoutHash(set.spec.template), spec.template));

function withoutHash(template: ReplicaSet['spec']['template']) {
  if (!template?.metadata?.labels) return template;
  const { [hashLabel]: _, ...labels } = template.metadata.labels;
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** The number of the newest revision among `sets`. */
export const newestRevision = (sets: readonly ReplicaSet[]): number =>
  Math.max(0, ...sets.map(revisionOf));

/**
 * The annotations of the set that carries the present template: the deployment's own, and the revision it is now.
 * A set that had an older revision before remembers it.
 */
export function annotationsForNewSet(
  deployment: Deployment,
  set: ReplicaSet | undefined,
  revision: number,
): Readonly<Record<string, string>> {
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !notInherited.has(key),
  );
  const present = set?.metadata.annotations ?? {};
  const before = set ? revisionOf(set) : 0;
  const past = present[revisionHistoryAnnotation];
  const moved = before > 0 && before < revision;
  return {
    ...present,
    ...Object.fromEntries(inherited),
    [revisionAnnotation]: String(Math.max(before, revision)),
    ...(moved && { [revisionHistoryAnnotation]: past ? `${past},${before}` : String(before) }),
  };
}
