import { csiNodes, persistentVolumes, volumeAttachments } from '@berth/api';
import type { Pod } from '@berth/api';
import type { ClusterObjects } from '../../cluster/objects.ts';
import { fits, refuse } from '../../framework.ts';
import type { Plugin } from '../../framework.ts';
import type { PodInfo } from '../../pod-info.ts';
import { claimsOf, classOf, readsForClaims, volumeOf } from './claims.ts';

const tooMany = refuse('node(s) exceed max volume count');

/**
 * Drivers say how many of their volumes a node can hold; a volume that several pods use counts once. Volumes that are
 * attached count although no pod uses them, or none any more.
 */
export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  scope: 'node',
  reads: (pod) => {
    const kinds = readsForClaims(pod);
    return kinds.length === 0 ? kinds : [...kinds, csiNodes, volumeAttachments];
  },
  filter({ shape: { pod } }: PodInfo, { objects }) {
    const wanted = driverVolumes(pod, objects);
    if (wanted.size === 0) return undefined;
    let attachments: ReadonlyMap<string, DriverVolumes> | undefined;
    return ({ name, pods }) => {
      const drivers = objects.get(csiNodes, undefined, name)?.spec.drivers ?? [];
      if (drivers.length === 0) return fits;
      attachments ??= attachedVolumes(objects);
      const attached = new Map([
        ...(attachments.get(name) ?? []),
        ...pods.flatMap(({ pod: other }) => [...driverVolumes(other, objects)]),
      ]);
      return drivers.some(({ name: driver, allocatable }) => {
        const limit = allocatable?.count;
        if (limit === undefined) return false;
        const added = count(wanted, driver, attached);
        return added > 0 && added + count(attached, driver) > limit;
      })
        ? tooMany
        : fits;
    };
  },
};

type DriverVolumes = ReadonlyMap<string, string>;

const count = (volumes: DriverVolumes, driver: string, except?: DriverVolumes): number =>
  [...volumes].filter(([id, its]) => its === driver && !except?.has(id)).length;

/** What is attached, or about to be, by the names of the nodes. */
function attachedVolumes(objects: ClusterObjects): ReadonlyMap<string, DriverVolumes> {
  const found = new Map<string, Map<string, string>>();
  for (const { spec } of objects.list(volumeAttachments)) {
    const { persistentVolumeName, inlineVolumeSpec } = spec.source;
    const volume =
      persistentVolumeName === undefined
        ? inlineVolumeSpec
        : objects.get(persistentVolumes, undefined, persistentVolumeName)?.spec;
    if (!volume?.csi) continue;
    const { driver, volumeHandle } = volume.csi;
    const there = found.get(spec.nodeName) ?? new Map<string, string>();
    found.set(spec.nodeName, there.set(`${driver}/${volumeHandle}`, driver));
  }
  return found;
}

/** The volumes that a driver attaches for the pod, those that it will provision included: their drivers by unique ids. */
function driverVolumes(pod: Pod, objects: ClusterObjects): DriverVolumes {
  const found = new Map<string, string>();
  for (const claim of claimsOf(pod, objects)) {
    const volume = volumeOf(claim, objects);
    const csi = volume?.spec.csi;
    if (csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
    const provisioner = volume ? undefined : classOf(claim, objects)?.provisioner;
    const { namespace = '', name } = claim.metadata;
    if (provisioner) found.set(`${provisioner}/new:${namespace}/${name}`, provisioner);
  }
  return found;
}
