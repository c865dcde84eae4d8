import type { DiscoveryV1EndpointPort, Draft, Endpoint, EndpointSlice } from '@berth/api';
import { same } from '../same.ts';
import type { AddressType } from '../service-pods/pod-addresses.ts';

export interface SlicePlan {
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** Endpoints that share an address type and the same numbered ports: what fits into one slice. */
export interface Group {
  readonly addressType: AddressType;
  readonly ports: readonly DiscoveryV1EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface Allocation {
  readonly groups: readonly Group[];
  readonly slices: readonly EndpointSlice[];
  readonly endpointsPerSlice: number;
  readonly draft: (group: Group, endpoints: readonly Endpoint[]) => Draft<EndpointSlice>;
  /** A slice that is there, with these endpoints. */
  readonly next: (slice: EndpointSlice, endpoints: readonly Endpoint[]) => EndpointSlice;
}

/**
 * The changes that make slices hold the endpoints of all groups. An endpoint stays in the slice where it is, free room is used
 * before new slices are made, and a group without endpoints keeps one empty slice.
 */
export function planAllocation(allocation: Allocation): SlicePlan {
  const { groups, slices, endpointsPerSlice, draft, next } = allocation;
  const plan = { create: [] as Draft<EndpointSlice>[], update: [] as EndpointSlice[] };
  const kept = new Set<EndpointSlice>();
  for (const group of groups) {
    const existing = slices.filter(
      ({ addressType, ports }) =>
        addressType === group.addressType && same(ports ?? [], group.ports),
    );
    for (const filled of fill(group.endpoints, existing, endpointsPerSlice)) {
      if (!filled.slice) {
        plan.create.push(draft(group, filled.endpoints));
        continue;
      }
      kept.add(filled.slice);
      const wanted = next(filled.slice, filled.endpoints);
      if (!same(wanted, filled.slice)) plan.update.push(wanted);
    }
  }
  return { ...plan, remove: slices.filter((slice) => !kept.has(slice)) };
}

interface Filled {
  /** Undefined for a slice that is to be made. */
  readonly slice: EndpointSlice | undefined;
  readonly endpoints: readonly Endpoint[];
}

interface Filling extends Filled {
  readonly endpoints: Endpoint[];
}

function fill(
  endpoints: readonly Endpoint[],
  slices: readonly EndpointSlice[],
  endpointsPerSlice: number,
): readonly Filled[] {
  const waiting = new Map(endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const filled = slices.map((slice): Filling => {
    const staying = (slice.endpoints ?? []).flatMap((endpoint) => {
      const fresh = waiting.get(identityOf(endpoint));
      waiting.delete(identityOf(endpoint));
      return fresh ? [fresh] : [];
    });
    return { slice, endpoints: staying };
  });
  // The fullest slice with room takes them first, so that few slices change.
  const newcomers = [...waiting.values()];
  for (const target of [...filled].sort((a, b) => b.endpoints.length - a.endpoints.length)) {
    target.endpoints.push(
      ...newcomers.splice(0, Math.max(0, endpointsPerSlice - target.endpoints.length)),
    );
  }
  while (newcomers.length > 0) {
    filled.push({ slice: undefined, endpoints: newcomers.splice(0, endpointsPerSlice) });
  }
  const used = filled.filter((slice) => slice.endpoints.length > 0);
  if (used.length > 0) return used;
  return [filled[0] ?? { slice: undefined, endpoints: [] }];
}

/** Pods on the host's network share its address. */
const identityOf = ({ addresses, targetRef }: Endpoint) =>
  `${addresses[0] ?? ''} ${targetRef?.uid ?? ''}`;
