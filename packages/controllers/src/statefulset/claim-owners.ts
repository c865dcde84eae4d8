import { pods, statefulSets } from '@berth/api';
import type { OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from '@berth/api';
import { controllerReference } from '../owned.ts';
import { isWanted } from './identity.ts';

/**
 * The claim with the owner that the retention policy of the set wants for it: the set, for claims that go with it, the pod that is
 * on its way out, for claims that go with that, or nobody. Undefined when it has that, or belongs to somebody else.
 */
export function withRetention(
  set: StatefulSet,
  ordinal: number,
  pod: Pod | undefined,
  claim: PersistentVolumeClaim,
): PersistentVolumeClaim | undefined {
  const references = claim.metadata.ownerReferences ?? [];
  const isOurs = ({ kind, name }: OwnerReference) =>
    (kind === statefulSets.kind && name === set.metadata.name) ||
    (kind === pods.kind && name === `${set.metadata.name}-${ordinal}`);
  const others = references.filter((reference) => !isOurs(reference));
  if (others.some(({ controller }) => controller)) return undefined;
  const wanted = ownerFor(set, ordinal, pod);
  const ours = references.filter(isOurs);
  const isSo =
    ours.length === (wanted ? 1 : 0) &&
    (!wanted || (ours[0]?.uid === wanted.uid && ours[0].controller));
  if (isSo) return undefined;
  const ownerReferences = [...others, ...(wanted ? [wanted] : [])];
  return { ...claim, metadata: { ...claim.metadata, ownerReferences } };
}

function ownerFor(
  set: StatefulSet,
  ordinal: number,
  pod: Pod | undefined,
): OwnerReference | undefined {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } =
    set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === 'Delete' && !isWanted(set, ordinal)) {
    return pod && controllerReference(pods, pod);
  }
  return whenDeleted === 'Delete' ? controllerReference(statefulSets, set) : undefined;
}

/** A claim on its way out, or one that goes with a former pod of this name: a new pod must wait for the next claim. */
export const isStaleClaim = (
  claim: PersistentVolumeClaim,
  podName: string,
  pod: Pod | undefined,
): boolean =>
  claim.metadata.deletionTimestamp !== undefined ||
  (claim.metadata.ownerReferences ?? []).some(
    ({ kind, name, uid }) => kind === pods.kind && name === podName && uid !== pod?.metadata.uid,
  );
