import {
  compareQuantities,
  matchesLabels,
  matchesNodeSelector,
  parseQuantity,
  persistentVolumes,
  toSelector,
} from '@berth/api';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '@berth/api';
import type { ClusterObjects } from '../../cluster/objects.ts';
import { classNameOf, classOf } from './claims.ts';

/** What is to become of one claim when its pod goes to the node. */
export interface ClaimPlan {
  readonly claim: PersistentVolumeClaim;
  /** The volume it is to be bound to; undefined: one is to be provisioned for the node. */
  readonly volume: PersistentVolume | undefined;
}

/**
 * A volume for each claim that waits for its pod: the smallest claim first, each the smallest volume that will do, or a
 * provisioner that works for the node. Undefined when one of them can have neither.
 */
export function findVolumes(
  claims: readonly PersistentVolumeClaim[],
  node: Node,
  objects: ClusterObjects,
): readonly ClaimPlan[] | undefined {
  const taken = new Set<string>();
  const plans: ClaimPlan[] = [];
  for (const claim of claims.toSorted((a, b) => compareQuantities(sizeOf(a), sizeOf(b)))) {
    const selected = claim.metadata.annotations?.['volume.kubernetes.io/selected-node'];
    if (selected !== undefined && selected !== node.metadata.name) return undefined;
    const volume = selected === undefined ? findVolume(claim, node, objects, taken) : undefined;
    if (!volume && !canProvision(claim, node, objects)) return undefined;
    if (volume) taken.add(volume.metadata.name);
    plans.push({ claim, volume });
  }
  return plans;
}

/** Whether the volume can be used on the node. */
export function reaches({ spec }: PersistentVolume, node: Node): boolean {
  const required = spec.nodeAffinity?.required;
  return !required || matchesNodeSelector(required, node);
}

const sizeOf = ({ spec }: PersistentVolumeClaim) =>
  parseQuantity(spec.resources?.requests?.['storage'] ?? '0');
const capacityOf = ({ spec }: PersistentVolume) => parseQuantity(spec.capacity?.['storage'] ?? '0');

function findVolume(
  claim: PersistentVolumeClaim,
  node: Node,
  objects: ClusterObjects,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const { accessModes = [], volumeMode = 'Filesystem' } = claim.spec;
  const selector = claim.spec.selector && toSelector(claim.spec.selector);
  let best: PersistentVolume | undefined;
  for (const volume of objects.list(persistentVolumes)) {
    const { metadata, spec, status } = volume;
    if (taken.has(metadata.name) || (spec.volumeMode ?? 'Filesystem') !== volumeMode) continue;
    if (compareQuantities(capacityOf(volume), sizeOf(claim)) < 0) continue;
    if (spec.claimRef) {
      // One that is kept for the claim is the one, or there is none.
      if (!isKeptFor(volume, claim)) continue;
      return reaches(volume, node) ? volume : undefined;
    }
    if (best && compareQuantities(capacityOf(volume), capacityOf(best)) >= 0) continue;
    if (
      status?.phase === 'Available' &&
      (!selector || matchesLabels(selector, metadata.labels)) &&
      (spec.storageClassName ?? '') === classNameOf(claim) &&
      accessModes.every((mode) => spec.accessModes?.includes(mode)) &&
      reaches(volume, node)
    )
      best = volume;
  }
  return best;
}

function isKeptFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const ref = spec.claimRef;
  return (
    ref?.name === metadata.name &&
    ref.namespace === metadata.namespace &&
    (!ref.uid || ref.uid === metadata.uid)
  );
}

function canProvision(claim: PersistentVolumeClaim, node: Node, objects: ClusterObjects): boolean {
  const storageClass = classOf(claim, objects);
  if (!storageClass?.provisioner || storageClass.provisioner === 'kubernetes.io/no-provisioner')
    return false;
  const topologies = storageClass.allowedTopologies ?? [];
  return (
    topologies.length === 0 ||
    topologies.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => {
        const value = node.metadata.labels?.[key];
        return value !== undefined && values.includes(value);
      }),
    )
  );
}
