import type { OwnerReference } from '@berth/api';
import { foregroundFinalizer, orphanFinalizer } from './graph.ts';
import type { GraphNode } from './graph.ts';

export type OwnerState =
  /** Exists and stays. */
  | 'solid'
  /** Is gone, or was never there. */
  | 'absent'
  /** Is being deleted and waits for its dependents to go first. */
  | 'waiting';

export interface Observed {
  readonly node: GraphNode;
  readonly dependents: readonly GraphNode[];
  readonly ownerState: (owner: OwnerReference) => OwnerState;
}

export type GcAction =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'delete';
      readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan';
      /** Owners must stop waiting for this object first: it waits for one of them, in a circle. */
      readonly unblockOwners: boolean;
    }
  /** Owners that are gone or going, while others stay. */
  | { readonly kind: 'dropOwners'; readonly uids: readonly string[] }
  | { readonly kind: 'removeFinalizer'; readonly finalizer: string }
  /** Cut the dependents loose, then let the owner go. */
  | { readonly kind: 'orphan'; readonly dependents: readonly GraphNode[] }
  /** The owner waits: these have to go first. */
  | { readonly kind: 'deleteFirst'; readonly dependents: readonly GraphNode[] };

const nothing: GcAction = { kind: 'nothing' };

/** What becomes of one object, given its owners and dependents; upstream's rules for the three propagation policies. */
export function planObject({ node, dependents, ownerState }: Observed): GcAction {
  if (node.isDeleting) return planDeleting(node, dependents);
  if (node.owners.length === 0) return nothing;
  const states = node.owners.map((owner) => ({ owner, state: ownerState(owner) }));
  const leaving = states.filter(({ state }) => state !== 'solid');
  if (leaving.length === 0) return nothing;
  if (leaving.length < states.length) {
    return { kind: 'dropOwners', uids: leaving.map(({ owner }) => owner.uid) };
  }
  // An owner that waits in the foreground wants this object's own dependents gone as well.
  const foreground = states.some(({ state }) => state === 'waiting') && dependents.length > 0;
  return {
    kind: 'delete',
    propagationPolicy: foreground ? 'Foreground' : inherited(node),
    unblockOwners: foreground && dependents.some(isWaiting),
  };
}

function planDeleting(node: GraphNode, dependents: readonly GraphNode[]): GcAction {
  if (node.finalizers.includes(orphanFinalizer)) return { kind: 'orphan', dependents };
  if (!node.finalizers.includes(foregroundFinalizer)) return nothing;
  const blocking = dependents.filter((dependent) =>
    dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion),
  );
  if (blocking.length === 0) return { kind: 'removeFinalizer', finalizer: foregroundFinalizer };
  return { kind: 'deleteFirst', dependents: blocking.filter(({ isDeleting }) => !isDeleting) };
}

const isWaiting = ({ isDeleting, finalizers }: GraphNode) =>
  isDeleting && finalizers.includes(foregroundFinalizer);

/** An object that already carries a policy's finalizer is deleted in that way. */
function inherited({ finalizers }: GraphNode): 'Background' | 'Foreground' | 'Orphan' {
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
}
