import type { Labels } from '@berth/api';
import { fits, unresolvable } from '../../framework.ts';
import type { Plugin } from '../../framework.ts';
import type { PodInfo } from '../../pod-info.ts';
import { claimOf, readsForClaims, volumeOf } from './claims.ts';

/** Labels that tell a zone or a region, with the one by which a node may tell it as well. */
const zoneLabels = [
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['topology.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['topology.kubernetes.io/region', 'topology.kubernetes.io/region'],
] as const;

const elsewhere = unresolvable('node(s) had no available volume zone');

/** A volume of a zone goes to nodes of that zone; nodes that tell no zone take all. */
export const volumeZone: Plugin = {
  name: 'VolumeZone',
  scope: 'node',
  heedsPods: false,
  reads: readsForClaims,
  obstacle({ shape: { pod } }, { objects }) {
    for (const volume of pod.spec.volumes ?? []) {
      const claim = volume.persistentVolumeClaim && claimOf(pod, volume, objects);
      const name = claim?.spec.volumeName;
      if (claim && name && !volumeOf(claim, objects))
        return unresolvable(`persistentvolume "${name}" not found`);
    }
    return undefined;
  },
  filter({ shape: { pod } }: PodInfo, { objects }) {
    const wanted = (pod.spec.volumes ?? []).flatMap((volume) => {
      const claim = volume.persistentVolumeClaim && claimOf(pod, volume, objects);
      const labels = claim && volumeOf(claim, objects)?.metadata.labels;
      return labels ? zonesIn(labels) : [];
    });
    if (wanted.length === 0) return undefined;
    return ({ node }) => {
      const labels = node.metadata.labels ?? {};
      if (zoneLabels.every(([key]) => labels[key] === undefined)) return fits;
      return wanted.every(({ key, stableKey, zones }) => {
        const own = labels[key] ?? labels[stableKey];
        return own !== undefined && zones.includes(own);
      })
        ? fits
        : elsewhere;
    };
  },
};

/** A volume that is in several zones joins their names. */
const zonesIn = (labels: Labels) =>
  zoneLabels.flatMap(([key, stableKey]) =>
    labels[key] === undefined
      ? []
      : [{ key, stableKey, zones: labels[key].split('__').map((zone) => zone.trim()) }],
  );
