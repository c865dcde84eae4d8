import { persistentVolumeClaims, persistentVolumes } from '@berth/api';
import type { PersistentVolume, PersistentVolumeClaim } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { Client } from '@berth/client';
import type { ClusterState } from './cluster-state.ts';
import { claimsOf, isBound } from './plugins/volumes/claims.ts';
import { findVolumes } from './plugins/volumes/find-volumes.ts';
import type { ClaimPlan } from './plugins/volumes/find-volumes.ts';
import type { PodInfo } from './pod-info.ts';

export interface VolumeBinderOptions {
  readonly client: Pick<Client, 'update'>;
  readonly state: ClusterState;
  readonly clock: Clock;
}

/** Binds what a pod's claims still wait for, now that it has a node: upstream's reserve and pre-bind for volumes. */
export interface VolumeBinder {
  /** Takes the volumes for the pod, so that no later decision counts on them; undefined when nothing is to be bound. */
  reserve(pod: PodInfo, nodeName: string): VolumeReservation | undefined;
}

export interface VolumeReservation {
  /** Resolves when every claim is bound; throws when one cannot be, or is not within `timeoutMs`. */
  bind(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Gives back what was taken and not bound. */
  release(): void;
}

const selectedNode = 'volume.kubernetes.io/selected-node';
const boundByController = 'pv.kubernetes.io/bound-by-controller';
const lookEveryMs = 200;

export function createVolumeBinder({ client, state, clock }: VolumeBinderOptions): VolumeBinder {
  const { objects } = state;
  /** Puts back what was there before, unless the informer has brought something newer meanwhile. */
  const release = (taken: PersistentVolume, before: PersistentVolume) => {
    if (objects.get(persistentVolumes, undefined, taken.metadata.name) === taken) {
      state.setObject(persistentVolumes, before);
    }
  };
  const claimNow = ({ metadata: { namespace, name } }: PersistentVolumeClaim) =>
    objects.get(persistentVolumeClaims, namespace, name);

  const write = async ({ claim, volume }: ClaimPlan, nodeName: string): Promise<void> => {
    if (volume) {
      if (volume.spec.claimRef?.uid === claim.metadata.uid) return;
      state.setObject(
        persistentVolumes,
        await client.update(persistentVolumes, taken(volume, claim)),
      );
    } else if (claim.metadata.annotations?.[selectedNode] !== nodeName) {
      await client.update(persistentVolumeClaims, withAnnotation(claim, selectedNode, nodeName));
    }
  };
  /** `marked` remembers the claims whose mark for a provisioner was seen. */
  const isDone = ({ claim, volume }: ClaimPlan, marked: Set<string>): boolean => {
    const current = claimNow(claim);
    if (!current) throw new Error(`persistentvolumeclaim "${claim.metadata.name}" is gone`);
    if (isBound(current)) return true;
    if (volume) return false;
    // A provisioner that cannot serve the node takes the mark away: another node has to be found.
    if (current.metadata.annotations?.[selectedNode]) marked.add(claim.metadata.uid);
    else if (marked.has(claim.metadata.uid)) {
      throw new Error(`provisioning failed for PVC "${claim.metadata.name}"`);
    }
    return false;
  };

  return {
    reserve(pod, nodeName) {
      const node = state.node(nodeName)?.node;
      const waiting = claimsOf(pod.pod, objects).filter((claim) => !isBound(claim));
      if (waiting.length === 0 || !node) return undefined;
      const plans = findVolumes(waiting, node, objects);
      if (!plans) throw new Error('its volumes were taken by others');
      const reserved = plans.flatMap(({ claim, volume }) => {
        if (!volume) return [];
        const mine = taken(volume, claim);
        state.setObject(persistentVolumes, mine);
        return [{ mine, volume }];
      });
      return {
        release() {
          for (const { mine, volume } of reserved) release(mine, volume);
        },
        async bind(timeoutMs, signal) {
          const until = clock.monotonic() + timeoutMs;
          for (const plan of plans) await write(plan, nodeName);
          const marked = new Set<string>();
          while (!plans.every((plan) => isDone(plan, marked))) {
            if (signal.aborted) throw new Error('the scheduler stops');
            if (!state.isAssumed(pod.key)) throw new Error('the pod is gone');
            if (clock.monotonic() >= until) throw new Error('context deadline exceeded');
            await sleep(clock, lookEveryMs, signal);
          }
        },
      };
    },
  };
}

/** The volume, bound to the claim from its side. */
function taken(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = metadata;
  const claimRef = {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
  } as NonNullable<PersistentVolume['spec']['claimRef']>;
  const bound = { ...volume, spec: { ...volume.spec, claimRef } };
  // Who kept the volume for this claim beforehand has the last word on it.
  return volume.spec.claimRef ? bound : withAnnotation(bound, boundByController, 'yes');
}

const withAnnotation = <T extends PersistentVolume | PersistentVolumeClaim>(
  object: T,
  key: string,
  value: string,
): T => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, [key]: value },
  },
});
