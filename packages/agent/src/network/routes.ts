import type { Node } from '@berth/api';

export interface Route {
  readonly to: string;
  readonly via: string;
}

/** One route for every other node: its pods are reached through its own address. */
export const planRoutes = (nodes: readonly Node[], ownName: string): readonly Route[] =>
  nodes
    .filter(({ metadata }) => metadata.name !== ownName)
    .flatMap(({ spec, status }): Route[] => {
      const via = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
      return spec.podCIDR && via ? [{ to: spec.podCIDR, via }] : [];
    })
    .sort((a, b) => (a.to < b.to ? -1 : 1));

/** What is to be set and what is to be taken away, given what this agent set before. */
export function planRouteChanges(
  wanted: readonly Route[],
  present: readonly Route[],
): { readonly set: readonly Route[]; readonly remove: readonly Route[] } {
  const is = (a: Route) => (b: Route) => a.to === b.to && a.via === b.via;
  return {
    set: wanted.filter((route) => !present.some(is(route))),
    remove: present.filter((route) => !wanted.some(({ to }) => to === route.to)),
  };
}
