import { asMilli, asNumber, parseQuantity } from '@berth/api';
import type { Container, Pod } from '@berth/api';

import { containersOf } from '../pod-spec.ts';
import { changesOf, resizable, resizableOf } from './allocated.ts';
import type { Allocated } from './allocated.ts';

/** Why a resize is not granted, in the words of the condition PodResizePending. */
export interface PendingResize {
  readonly reason: 'Deferred' | 'Infeasible';
  readonly message: string;
}

export type AllocationPlan =
  /** The pod has what it asks for. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'grant' }
  | ({ readonly kind: 'pending' } & PendingResize);

export interface AllocationInput {
  /** As it asks to be. */
  readonly pod: Pod;
  readonly allocated: Allocated;
  /** The other pods of the node, with what they were granted. */
  readonly others: readonly Pod[];
  readonly allocatable: Readonly<Record<string, string>>;
}

type ResourceName = (typeof resizable)[number];

/** Whether the node can give a pod what it asks for now, at another time, or never. */
export function planAllocation({
  pod,
  allocated,
  others,
  allocatable,
}: AllocationInput): AllocationPlan {
  const changed = resizableOf(pod).some(
    ({ name, resources = {} }) => changesOf(allocated.get(name) ?? resources, resources).length > 0,
  );
  if (!changed) return { kind: 'nothing' };
  for (const name of resizable) {
    const requested = requestedBy(pod, name);
    const capacity = amountOf(name, allocatable[name]);
    if (requested > capacity)
      return pending(
        'Infeasible',
        `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`,
      );
  }
  for (const name of resizable) {
    const requested = requestedBy(pod, name);
    const capacity = amountOf(name, allocatable[name]);
    const used = others.reduce((sum, other) => sum + requestedBy(other, name), 0);
    if (requested > 0 && requested + used > capacity)
      return pending(
        'Deferred',
        `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
      );
  }
  return { kind: 'grant' };
}

const pending = (reason: PendingResize['reason'], message: string): AllocationPlan => ({
  kind: 'pending',
  reason,
  message,
});

/** Of what a pod needs at any time: the sum of what runs together, and no less than what an init container needs. */
function requestedBy(pod: Pod, name: ResourceName): number {
  const request = ({ resources }: Container) => amountOf(name, resources?.requests?.[name]);
  let together = 0;
  let most = 0;
  for (const { kind, container } of containersOf(pod)) {
    if (kind === 'init') most = Math.max(most, together + request(container));
    else if (kind !== 'ephemeral') together += request(container);
  }
  return Math.max(most, together) + amountOf(name, pod.spec.overhead?.[name]);
}

/** Millicores, or bytes. */
const amountOf = (name: ResourceName, text = '0'): number =>
  name === 'cpu' ? asMilli(parseQuantity(text)) : asNumber(parseQuantity(text));
