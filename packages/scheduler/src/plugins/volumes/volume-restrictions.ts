import type { Pod, Volume } from '@berth/api';
import { fits, refuse, unresolvable } from '../../framework.ts';
import type { Plugin } from '../../framework.ts';
import type { PodShape } from '../../pod-shape.ts';
import { claimName, claimOf, claimsOf, claimVolumes, readsForClaims } from './claims.ts';

const noDisk = refuse('node(s) had no available disk');
const inUse = refuse(
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
);

/** Some disks one node cannot mount twice, and some claims only one pod may use. */
export const volumeRestrictions: Plugin = {
  name: 'VolumeRestrictions',
  scope: 'node',
  reads: readsForClaims,
  obstacle({ shape: { pod } }, { objects }) {
    for (const volume of pod.spec.volumes ?? [])
      if (volume.persistentVolumeClaim && !claimOf(pod, volume, objects))
        return unresolvable(`persistentvolumeclaim "${claimName(pod, volume)}" not found`);
    return undefined;
  },
  filter({ shape: { pod } }) {
    const disks = (pod.spec.volumes ?? []).filter(isDisk);
    if (disks.length === 0) return undefined;
    return ({ pods }) =>
      pods.some(({ shape }) =>
        (shape.pod.spec.volumes ?? []).some((other) =>
          disks.some((disk) => isConflict(disk, other)),
        ),
      )
        ? noDisk
        : fits;
  },
  partition({ shape: { pod, namespace } }, { tallies, objects }) {
    const exclusive = new Set(
      claimsOf(pod, objects)
        .filter(({ spec }) => spec.accessModes?.includes('ReadWriteOncePod'))
        .map(({ metadata }) => metadata.name),
    );
    if (exclusive.size === 0) return { isStale: () => false, release: () => undefined };
    const tally = tallies.of(
      `claims ${JSON.stringify([namespace, ...exclusive])}`,
      (shape: PodShape) => Number(shape.namespace === namespace && uses(shape.pod, exclusive)),
    );
    return {
      filter: () => (tally.total > 0 ? inUse : fits),
      isStale: () => false,
      release: () => tally.release(),
    };
  },
};

const uses = (pod: Pod, claims: ReadonlySet<string>): boolean =>
  claimVolumes(pod).some((volume) => claims.has(claimName(pod, volume)));

const isDisk = (volume: Volume): boolean =>
  Boolean(volume.gcePersistentDisk ?? volume.awsElasticBlockStore ?? volume.iscsi ?? volume.rbd);

/** What two pods of a node cannot have both; most kinds of disk allow it when both only read. */
function isConflict(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk && b.gcePersistentDisk)
    return (
      a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName &&
      !(a.gcePersistentDisk.readOnly && b.gcePersistentDisk.readOnly)
    );
  if (a.awsElasticBlockStore && b.awsElasticBlockStore)
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  if (a.iscsi && b.iscsi)
    return a.iscsi.iqn === b.iscsi.iqn && !(a.iscsi.readOnly && b.iscsi.readOnly);
  return a.rbd && b.rbd ? isSameImage(a.rbd, b.rbd) : false;
}

type BlockDevice = NonNullable<Volume['rbd']>;

const isSameImage = (a: BlockDevice, b: BlockDevice): boolean =>
  a.monitors.some((monitor) => b.monitors.includes(monitor)) &&
  (a.pool ?? 'rbd') === (b.pool ?? 'rbd') &&
  a.image === b.image &&
  !(a.readOnly && b.readOnly);
