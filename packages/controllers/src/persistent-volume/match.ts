import { compareQuantities, matchesLabels, parseQuantity, toSelector } from '@berth/api';
import type { PersistentVolume, PersistentVolumeClaim } from '@berth/api';

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** The name of the class that a claim asks for, or that a volume is of; `''` for none. */
export const classNameOf = ({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string =>
  metadata.annotations?.[classAnnotation] ?? spec.storageClassName ?? '';

/** Whether a volume names this claim as its own; without a uid, whoever has the name is meant. */
export function isHeldFor(
  { spec }: PersistentVolume,
  { metadata }: PersistentVolumeClaim,
): boolean {
  const { namespace, name, uid } = spec.claimRef ?? {};
  return (
    name === metadata.name && namespace === metadata.namespace && (!uid || uid === metadata.uid)
  );
}

const capacityOf = ({ spec }: PersistentVolume) => parseQuantity(spec.capacity?.['storage'] ?? '0');

/** Why a volume cannot be what a claim asks for, in upstream's words; undefined when it can. */
export function mismatch(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): string | undefined {
  const wanted = parseQuantity(claim.spec.resources?.requests?.['storage'] ?? '0');
  if (compareQuantities(capacityOf(volume), wanted) < 0) return 'requested PV is too small';
  if (classNameOf(volume) !== classNameOf(claim)) return 'storageClassName does not match';
  const mode = (spec: { readonly volumeMode?: string }) => spec.volumeMode ?? 'Filesystem';
  if (mode(volume.spec) !== mode(claim.spec)) return 'incompatible volumeMode';
  const modes = volume.spec.accessModes ?? [];
  return (claim.spec.accessModes ?? []).every((each) => modes.includes(each))
    ? undefined
    : 'incompatible accessMode';
}

/**
 * The volume for a claim that names none: one that is held for it, or else the smallest that is free and fits. Where the class waits for
 * a pod (`isDelayed`), the scheduler chooses, and holds what it has chosen.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  isDelayed: boolean,
): PersistentVolume | undefined {
  const there = volumes.filter(({ metadata }) => !metadata.deletionTimestamp);
  const held = there.find((volume) => isHeldFor(volume, claim) && !mismatch(volume, claim));
  if (held || isDelayed) return held;
  const selector = claim.spec.selector && toSelector(claim.spec.selector);
  return there
    .filter(
      (volume) =>
        !volume.spec.claimRef &&
        volume.status?.phase === 'Available' &&
        (!selector || matchesLabels(selector, volume.metadata.labels)) &&
        mismatch(volume, claim) === undefined,
    )
    .sort(
      (a, b) =>
        compareQuantities(capacityOf(a), capacityOf(b)) ||
        (a.metadata.name < b.metadata.name ? -1 : 1),
    )[0];
}
