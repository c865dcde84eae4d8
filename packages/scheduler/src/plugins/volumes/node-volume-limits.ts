import { csiNodes } from '@berth/api';
import type { Pod } from '@berth/api';
import type { ClusterObjects } from '../../cluster/objects.ts';
import { fits, refuse } from '../../framework.ts';
import type { Plugin } from '../../framework.ts';
import type { PodInfo } from '../../pod-info.ts';
import { claimsOf, classOf, readsForClaims, volumeOf } from './claims.ts';

const tooMany = refuse('node(s) exceed max volume count');

/** Drivers say how many of their volumes a node can hold; a volume that several pods use counts once. */
export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  scope: 'node',
  reads: (pod) => {
    const kinds = readsForClaims(pod);
    return kinds.length === 0 ? kinds : [...kinds, csiNodes];
  },
  filter({ shape: { pod } }: PodInfo, { objects }) {
    const wanted = driverVolumes(pod, objects);
    if (wanted.size === 0) return undefined;
    return ({ name, pods }) => {
      const drivers = objects.get(csiNodes, undefined, name)?.spec.drivers ?? [];
      if (drivers.length === 0) return fits;
      const attached = new Map(
        pods.flatMap(({ pod: other }) => [...driverVolumes(other, objects)]),
      );
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
