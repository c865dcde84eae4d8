import type { PersistentVolumeClaim } from '@berth/api';
import type { ClusterObjects } from '../../cluster/objects.ts';
import { fits, unresolvable } from '../../framework.ts';
import type { Plugin, Refusal, Verdict } from '../../framework.ts';
import type { PodInfo } from '../../pod-info.ts';
import {
  claimName,
  claimOf,
  claimsOf,
  claimVolumes,
  isBound,
  readsForClaims,
  volumeOf,
  waitsForPod,
} from './claims.ts';
import { findVolumes, reaches } from './find-volumes.ts';

const wrongNode = "node(s) didn't match PersistentVolume's node affinity";
const noVolume = "node(s) didn't find available persistent volumes to bind";
const volumeGone = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';

/** A pod goes where its volumes can be used; claims that wait for their first pod must find a volume there. */
export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  scope: 'node',
  heedsPods: false,
  reads: readsForClaims,
  obstacle: ({ shape: { pod } }, { objects }) => {
    for (const volume of claimVolumes(pod)) {
      const claim = claimOf(pod, volume, objects);
      const problem = claim
        ? problemWith(claim)
        : `waiting for ephemeral volume controller to create the persistentvolumeclaim "${claimName(pod, volume)}"`;
      if (problem) return unresolvable(problem);
    }
    return claimsOf(pod, objects).some((claim) => !isBound(claim) && !waitsForPod(claim, objects))
      ? unresolvable('pod has unbound immediate PersistentVolumeClaims')
      : undefined;
  },
  filter({ shape: { pod } }: PodInfo, { objects }) {
    const claims = claimsOf(pod, objects);
    if (claims.length === 0) return undefined;
    const bound = claims.filter(isBound);
    const waiting = claims.filter((claim) => !isBound(claim));
    return ({ node }): Verdict => {
      const reasons: string[] = [];
      const bad = firstBad(bound, node, objects);
      if (bad === wrongNode) reasons.push(bad);
      if (!findVolumes(waiting, node, objects)) reasons.push(noVolume);
      if (bad === volumeGone) reasons.push(bad);
      return reasons.length === 0 ? fits : unresolvable(...reasons);
    };
  },
};

function problemWith({
  metadata: { name, deletionTimestamp },
  spec: { volumeName = '' },
  status,
}: PersistentVolumeClaim): string | undefined {
  if (status?.phase === 'Lost')
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volumeName}"`;
  return deletionTimestamp ? `persistentvolumeclaim "${name}" is being deleted` : undefined;
}

function firstBad(
  bound: readonly PersistentVolumeClaim[],
  node: Parameters<typeof reaches>[1],
  objects: ClusterObjects,
): Refusal['reasons'][number] | undefined {
  for (const claim of bound) {
    const volume = volumeOf(claim, objects);
    if (!volume) return volumeGone;
    if (!reaches(volume, node)) return wrongNode;
  }
  return undefined;
}
