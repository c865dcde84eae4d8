import type { KubeObject, PersistentVolume, PersistentVolumeClaim, Pod } from '@berth/api';

/** What keeps a claim, or a volume, that is being deleted for as long as it is used. */
export const claimProtection = 'kubernetes.io/pvc-protection';
export const volumeProtection = 'kubernetes.io/pv-protection';

/** The finalizers that stay when an object may go; undefined when it waits, or for somebody else. */
export function planRelease(
  { metadata }: KubeObject,
  finalizer: string,
  isUsed: boolean,
): readonly string[] | undefined {
  const { deletionTimestamp, finalizers = [] } = metadata;
  return deletionTimestamp && !isUsed && finalizers.includes(finalizer)
    ? finalizers.filter((name) => name !== finalizer)
    : undefined;
}

/** Claims of a pod, by name: those that it names, and those that were made for it. */
export const claimsOf = ({ metadata, spec }: Pod): readonly string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => [
    ...(persistentVolumeClaim ? [persistentVolumeClaim.claimName] : []),
    ...(ephemeral ? [`${metadata.name}-${name}`] : []),
  ]);

/** A pod uses its claims from when it has a node until it has come to its end. */
export const usesClaim = (pod: Pod, claim: PersistentVolumeClaim): boolean =>
  Boolean(pod.spec.nodeName) &&
  pod.status?.phase !== 'Succeeded' &&
  pod.status?.phase !== 'Failed' &&
  claimsOf(pod).includes(claim.metadata.name);

export const isBound = ({ status }: PersistentVolume): boolean => status?.phase === 'Bound';
