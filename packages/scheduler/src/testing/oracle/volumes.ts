import { compareQuantities, matchesLabels, parseQuantity } from '@berth/api';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '@berth/api';
import { matchesNodeTerm } from './node-affinity.ts';
import { label, nodeOf, placedPods, podsOn, selectorOf } from './world.ts';
import type { Filter, World } from './world.ts';

/** Why no node at all can take the pod, before any is looked at. */
export interface Obstacle {
  readonly plugin: string;
  readonly reason: string;
}

const claimName = (pod: Pod, { name, persistentVolumeClaim, ephemeral }: Volume) =>
  ephemeral ? `${pod.metadata.name}-${name}` : persistentVolumeClaim?.claimName;

const claimVolumes = (pod: Pod) =>
  (pod.spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim ?? volume.ephemeral);

const findClaim = (pod: Pod, name: string | undefined, { claims = [] }: World) =>
  claims.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === pod.metadata.namespace,
  );

const claimsOf = (pod: Pod, world: World): readonly PersistentVolumeClaim[] =>
  claimVolumes(pod).flatMap((volume) => {
    const claim = findClaim(pod, claimName(pod, volume), world);
    return claim ? [claim] : [];
  });

const volumeOf = ({ spec }: PersistentVolumeClaim, { volumes = [] }: World) =>
  volumes.find(({ metadata }) => metadata.name === spec.volumeName);

const classNameOf = ({ metadata, spec }: PersistentVolumeClaim) =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '';

const classOf = (claim: PersistentVolumeClaim, { storageClasses = [] }: World) =>
  storageClasses.find(({ metadata }) => metadata.name === classNameOf(claim));

const isBound = ({ metadata, spec }: PersistentVolumeClaim) =>
  Boolean(spec.volumeName) &&
  metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined;

const waitsForPod = (claim: PersistentVolumeClaim, world: World) =>
  !claim.spec.volumeName && classOf(claim, world)?.volumeBindingMode === 'WaitForFirstConsumer';

/** Claims must exist, live, and be bound already unless their class waits for the pod. */
export function volumeObstacle(pod: Pod, world: World): Obstacle | undefined {
  const plugin = 'VolumeBinding';
  for (const volume of claimVolumes(pod)) {
    const name = claimName(pod, volume) ?? '';
    const claim = findClaim(pod, name, world);
    if (!claim) {
      if (!volume.ephemeral)
        return { plugin: 'VolumeRestrictions', reason: notFound('persistentvolumeclaim', name) };
      const reason = `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`;
      return { plugin, reason };
    }
  }
  for (const claim of claimsOf(pod, world)) {
    const { name, deletionTimestamp } = claim.metadata;
    const volumeName = claim.spec.volumeName ?? '';
    if (claim.status?.phase === 'Lost') {
      const reason = `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volumeName}"`;
      return { plugin, reason };
    }
    if (deletionTimestamp)
      return { plugin, reason: `persistentvolumeclaim "${name}" is being deleted` };
  }
  if (claimsOf(pod, world).some((claim) => !isBound(claim) && !waitsForPod(claim, world)))
    return { plugin, reason: 'pod has unbound immediate PersistentVolumeClaims' };
  return zoneObstacle(pod, world);
}

const notFound = (kind: string, name: string) => `${kind} "${name}" not found`;

/** What VolumeZone needs of bound claims. */
function zoneObstacle(pod: Pod, world: World): Obstacle | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    if (!volume.persistentVolumeClaim) continue;
    const claim = findClaim(pod, volume.persistentVolumeClaim.claimName, world);
    const name = claim?.spec.volumeName;
    if (claim && name && !volumeOf(claim, world))
      return { plugin: 'VolumeZone', reason: notFound('persistentvolume', name) };
  }
  return undefined;
}

/** Some disks one node cannot mount twice, and some claims only one pod may use. */
export const volumeRestrictions: Filter = (pod, node, world) => {
  const plugin = 'VolumeRestrictions';
  const there = podsOn(node, world).flatMap(({ spec }) => spec.volumes ?? []);
  const clashes = (pod.spec.volumes ?? []).some((volume) =>
    there.some((other) => isDiskConflict(volume, other)),
  );
  if (clashes) return { plugin, reasons: ['node(s) had no available disk'], resolvable: true };
  const exclusive = claimsOf(pod, world).filter((claim) =>
    claim.spec.accessModes?.includes('ReadWriteOncePod'),
  );
  const isUsed = exclusive.some(({ metadata }) =>
    placedPods(world).some(
      (other) =>
        nodeOf(other, world) !== undefined &&
        other.metadata.namespace === metadata.namespace &&
        claimVolumes(other).some((volume) => claimName(other, volume) === metadata.name),
    ),
  );
  const reason =
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';
  return isUsed ? { plugin, reasons: [reason], resolvable: true } : undefined;
};

function isDiskConflict(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk && b.gcePersistentDisk)
    return (
      a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName &&
      !(a.gcePersistentDisk.readOnly && b.gcePersistentDisk.readOnly)
    );
  if (a.awsElasticBlockStore && b.awsElasticBlockStore)
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  if (a.iscsi && b.iscsi)
    return a.iscsi.iqn === b.iscsi.iqn && !(a.iscsi.readOnly && b.iscsi.readOnly);
  if (a.rbd && b.rbd) {
    const { monitors, pool = 'rbd', image, readOnly } = a.rbd;
    const other = b.rbd;
    return (
      monitors.some((monitor) => other.monitors.includes(monitor)) &&
      pool === (other.pool ?? 'rbd') &&
      image === other.image &&
      !(readOnly && other.readOnly)
    );
  }
  return false;
}

/** Drivers say how many of their volumes a node can hold; a volume counts once, whoever uses it or nobody any more. */
export const nodeVolumeLimits: Filter = (pod, node, world) => {
  const drivers = world.csiNodes?.find(({ metadata }) => metadata.name === node.metadata.name)?.spec
    .drivers;
  const attached = new Map<string, string>();
  for (const other of podsOn(node, world))
    for (const [id, driver] of csiVolumes(other, world)) attached.set(id, driver);
  for (const { spec } of world.attachments ?? []) {
    const { persistentVolumeName } = spec.source;
    const volume = world.volumes?.find(({ metadata }) => metadata.name === persistentVolumeName);
    const csi = volume?.spec.csi;
    if (csi && spec.nodeName === node.metadata.name)
      attached.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
  }
  const added = [...csiVolumes(pod, world)].filter(([id]) => !attached.has(id));
  const isOver = (drivers ?? []).some(({ name, allocatable }) => {
    const count = (all: Iterable<readonly [string, string]>) =>
      [...all].filter(([, driver]) => driver === name).length;
    const limit = allocatable?.count;
    return limit !== undefined && count(added) > 0 && count(added) + count(attached) > limit;
  });
  return isOver
    ? {
        plugin: 'NodeVolumeLimits',
        reasons: ['node(s) exceed max volume count'],
        resolvable: true,
      }
    : undefined;
};

/** Volumes that drivers attach for the pod, by a unique id, with the driver. */
function csiVolumes(pod: Pod, world: World): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const claim of claimsOf(pod, world)) {
    const volume = volumeOf(claim, world);
    const csi = volume?.spec.csi;
    if (csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
    const provisioner = volume ? undefined : classOf(claim, world)?.provisioner;
    const { namespace = '', name } = claim.metadata;
    if (provisioner) found.set(`${provisioner}/new:${namespace}/${name}`, provisioner);
  }
  return found;
}

export const volumeBinding: Filter = (pod, node, world) => {
  const claims = claimsOf(pod, world);
  const reasons: string[] = [];
  const bound = claims.filter(isBound);
  const firstBad = bound.find((claim) => {
    const volume = volumeOf(claim, world);
    return !volume || !reaches(volume, node);
  });
  if (firstBad && volumeOf(firstBad, world))
    reasons.push("node(s) didn't match PersistentVolume's node affinity");
  if (
    !canBind(
      claims.filter((claim) => !isBound(claim)),
      node,
      world,
    )
  )
    reasons.push("node(s) didn't find available persistent volumes to bind");
  if (firstBad && !volumeOf(firstBad, world))
    reasons.push('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
  return reasons.length ? { plugin: 'VolumeBinding', reasons, resolvable: false } : undefined;
};

function reaches({ spec }: PersistentVolume, node: Node): boolean {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms;
  return !terms || terms.some((term) => matchesNodeTerm(term, node));
}

const sizeOf = ({ spec }: PersistentVolumeClaim) =>
  parseQuantity(spec.resources?.requests?.['storage'] ?? '0');
const capacityOf = ({ spec }: PersistentVolume) => parseQuantity(spec.capacity?.['storage'] ?? '0');

/** Each claim, the smallest first, finds the smallest volume that will do, or a provisioner that may work here. */
function canBind(claims: readonly PersistentVolumeClaim[], node: Node, world: World): boolean {
  const chosen = new Set<string>();
  const bySize = [...claims].sort((a, b) => compareQuantities(sizeOf(a), sizeOf(b)));
  return bySize.every((claim) => {
    const selectedNode = claim.metadata.annotations?.['volume.kubernetes.io/selected-node'];
    if (selectedNode !== undefined && selectedNode !== node.metadata.name) return false;
    if (selectedNode === undefined) {
      const volume = findVolume(claim, node, world, chosen);
      if (volume) {
        chosen.add(volume.metadata.name);
        return true;
      }
    }
    return canProvision(claim, node, world);
  });
}

function findVolume(
  claim: PersistentVolumeClaim,
  node: Node,
  { volumes = [] }: World,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const { accessModes = [], volumeMode = 'Filesystem', selector } = claim.spec;
  const fitting = volumes.filter((volume) => {
    const { metadata, spec, status } = volume;
    if (taken.has(metadata.name) || (spec.volumeMode ?? 'Filesystem') !== volumeMode) return false;
    if (compareQuantities(capacityOf(volume), sizeOf(claim)) < 0) return false;
    if (spec.claimRef) return isReservedFor(volume, claim);
    return (
      status?.phase === 'Available' &&
      (!selector || matchesLabels(selectorOf(selector), metadata.labels)) &&
      (spec.storageClassName ?? '') === classNameOf(claim) &&
      reaches(volume, node) &&
      accessModes.every((mode) => spec.accessModes?.includes(mode))
    );
  });
  const reserved = fitting.find((volume) => volume.spec.claimRef);
  if (reserved) return reaches(reserved, node) ? reserved : undefined;
  return fitting.reduce<PersistentVolume | undefined>(
    (best, volume) =>
      !best || compareQuantities(capacityOf(volume), capacityOf(best)) < 0 ? volume : best,
    undefined,
  );
}

function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const ref = spec.claimRef;
  return (
    ref?.name === metadata.name &&
    ref.namespace === metadata.namespace &&
    (!ref.uid || ref.uid === metadata.uid)
  );
}

function canProvision(claim: PersistentVolumeClaim, node: Node, world: World): boolean {
  const storageClass = classOf(claim, world);
  const provisioner = storageClass?.provisioner;
  if (!provisioner || provisioner === 'kubernetes.io/no-provisioner') return false;
  const topologies = storageClass.allowedTopologies ?? [];
  return (
    topologies.length === 0 ||
    topologies.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => {
        const value = label(node, key);
        return value !== undefined && values.includes(value);
      }),
    )
  );
}

const zoneLabels = [
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['topology.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['topology.kubernetes.io/region', 'topology.kubernetes.io/region'],
] as const;

/** A volume with a zone goes to nodes of that zone; nodes without any zone take all. */
export const volumeZone: Filter = (pod, node, world) => {
  if (zoneLabels.every(([key]) => label(node, key) === undefined)) return undefined;
  const volumes = (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
    if (!persistentVolumeClaim) return [];
    const claim = findClaim(pod, persistentVolumeClaim.claimName, world);
    const volume = claim && volumeOf(claim, world);
    return volume ? [volume] : [];
  });
  const isElsewhere = volumes.some(({ metadata }) =>
    zoneLabels.some(([key, stableKey]) => {
      const zones = metadata.labels?.[key]?.split('__').map((zone) => zone.trim());
      const its = label(node, key) ?? label(node, stableKey);
      return zones !== undefined && (its === undefined || !zones.includes(its));
    }),
  );
  return isElsewhere
    ? {
        plugin: 'VolumeZone',
        reasons: ['node(s) had no available volume zone'],
        resolvable: false,
      }
    : undefined;
};
