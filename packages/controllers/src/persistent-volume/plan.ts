import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@berth/api';
import { bindCompleted, boundByController } from './bind.ts';
import { classNameOf, findVolume, isHeldFor, mismatch } from './match.ts';

const selectedNode = 'volume.kubernetes.io/selected-node';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';

interface Telling {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export type ClaimDecision =
  | { readonly kind: 'bind'; readonly volume: PersistentVolume }
  /** What it was bound to is gone, or somebody else's. */
  | { readonly kind: 'lose'; readonly tell: Telling }
  /** `provisioner`: who may make a volume for it. */
  | { readonly kind: 'wait'; readonly tell?: Telling; readonly provisioner?: string };

export interface ObservedClaim {
  readonly claim: PersistentVolumeClaim;
  readonly volumes: readonly PersistentVolume[];
  readonly storageClass: (name: string) => StorageClass | undefined;
}

/** Which volume a claim gets, or keeps, or why none. */
export function planClaim(observed: ObservedClaim): ClaimDecision {
  const { claim } = observed;
  if (claim.metadata.annotations?.[bindCompleted] !== undefined) return planBound(observed);
  return claim.spec.volumeName ? planNamed(observed) : planFree(observed);
}

function planBound({ claim, volumes }: ObservedClaim): ClaimDecision {
  const name = claim.spec.volumeName;
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  const lose = (reason: string, message: string): ClaimDecision => ({
    kind: 'lose',
    tell: { type: 'Warning', reason, message },
  });
  if (!name) {
    return lose(
      'ClaimLost',
      'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
    );
  }
  if (!volume) {
    return lose(
      'ClaimLost',
      'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
  }
  return !volume.spec.claimRef || isHeldFor(volume, claim)
    ? { kind: 'bind', volume }
    : lose(
        'ClaimMisbound',
        'Two claims are bound to the same volume, this one is bound incorrectly',
      );
}

function planNamed({ claim, volumes }: ObservedClaim): ClaimDecision {
  const name = claim.spec.volumeName ?? '';
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  if (!volume) return { kind: 'wait' };
  if (isHeldFor(volume, claim)) return { kind: 'bind', volume };
  const wait = (type: Telling['type'], reason: string, message: string): ClaimDecision => ({
    kind: 'wait',
    tell: { type, reason, message },
  });
  if (volume.spec.claimRef) {
    return wait(
      'Warning',
      'FailedBinding',
      `volume ${JSON.stringify(name)} already bound to a different claim.`,
    );
  }
  const why = mismatch(volume, claim);
  return why === undefined
    ? { kind: 'bind', volume }
    : wait(
        'Warning',
        'VolumeMismatch',
        `Cannot bind to requested volume ${JSON.stringify(name)}: ${why}`,
      );
}

function planFree({ claim, volumes, storageClass }: ObservedClaim): ClaimDecision {
  const name = classNameOf(claim);
  const found = name ? storageClass(name) : undefined;
  const isDelayed =
    found?.volumeBindingMode === 'WaitForFirstConsumer' &&
    claim.metadata.annotations?.[selectedNode] === undefined;
  const volume = findVolume(claim, volumes, isDelayed);
  if (volume) return { kind: 'bind', volume };
  const wait = (type: Telling['type'], reason: string, message: string): ClaimDecision => ({
    kind: 'wait',
    tell: { type, reason, message },
  });
  if (isDelayed) {
    const message = 'waiting for first consumer to be created before binding';
    return wait('Normal', 'WaitForFirstConsumer', message);
  }
  if (!name) {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return wait('Normal', 'FailedBinding', message);
  }
  if (!found) {
    const message = `storageclass.storage.k8s.io ${JSON.stringify(name)} not found`;
    return wait('Warning', 'ProvisioningFailed', message);
  }
  const { provisioner } = found;
  if (provisioner.startsWith('kubernetes.io/')) {
    const message = `no volume plugin matched name: ${provisioner}`;
    return wait('Warning', 'ProvisioningFailed', message);
  }
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  return {
    kind: 'wait',
    tell: { type: 'Normal', reason: 'ExternalProvisioning', message },
    provisioner,
  };
}

export type VolumeDecision =
  | {
      readonly kind: 'phase';
      readonly phase: string;
      readonly message?: string;
      readonly tell?: Telling;
    }
  /** Its claim got another volume. */
  | { readonly kind: 'free' }
  /** The claim that it is held for has the next move. */
  | { readonly kind: 'leave' };

/** What becomes of a volume; `claim` is what has the name that it is held for, if anything has. */
export function planVolume(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim | undefined,
): VolumeDecision {
  const reference = volume.spec.claimRef;
  if (!reference?.uid) return { kind: 'phase', phase: 'Available' };
  if (claim?.metadata.uid !== reference.uid) return planReleased(volume);
  const name = claim.spec.volumeName;
  if (!name) return { kind: 'leave' };
  if (name === volume.metadata.name) return { kind: 'phase', phase: 'Bound' };
  return volume.metadata.annotations?.[boundByController] === undefined
    ? { kind: 'leave' }
    : { kind: 'free' };
}

/** Data is kept, unless the volume says otherwise; then whoever made it removes it, and nobody else can. */
function planReleased({ metadata, spec, status }: PersistentVolume): VolumeDecision {
  if (status?.phase === 'Failed') return { kind: 'leave' };
  const policy = spec.persistentVolumeReclaimPolicy ?? 'Retain';
  const isForeign = metadata.annotations?.[provisionedBy] !== undefined;
  if (policy === 'Retain' || isForeign || status?.phase !== 'Released') {
    return { kind: 'phase', phase: 'Released' };
  }
  const [what, able] = policy === 'Delete' ? ['deleter', 'deletable'] : ['recycler', 'recyclable'];
  const message = `error getting ${what} volume plugin for volume ${JSON.stringify(metadata.name)}: no ${able} volume plugin matched`;
  const reason = policy === 'Delete' ? 'VolumeFailedDelete' : 'VolumeFailedRecycle';
  return { kind: 'phase', phase: 'Failed', message, tell: { type: 'Warning', reason, message } };
}
