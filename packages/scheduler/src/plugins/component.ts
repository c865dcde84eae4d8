import type { DomainSums } from '../cluster/domain-sums.ts';
import type { Tally } from '../cluster/tallies.ts';
import { noDomain } from '../cluster/topologies.ts';
import type { Topology } from '../cluster/topologies.ts';

/**
 * What one constraint or term makes of a node: a small number that is 0 where the node lacks the topology's label, and
 * from which `sumAt` tells how many pods are in the node's domain. Where domains have many nodes it is the domain, so
 * that it stands still while pods come and go; where each node is a domain of its own it is the sum, so that nodes with
 * equal sums need not be told apart.
 */
export interface Component {
  of(node: number): number;
  sumAt(component: number): number;
  /** Whether `of` gives sums. */
  readonly bySum: boolean;
  /** Whether the topology is not any more what the choice was made for. */
  isStale(): boolean;
}

type Sums = Pick<DomainSums, 'topology' | 'sum' | 'ofNode'>;

export const componentOf = (sums: Sums): Component =>
  sums.topology.isSingular ? bySumOf(sums, (sum) => sum) : byDomainOf(sums);

/** The same where it matters only whether the sum is more than 0. */
export const presenceOf = (sums: Sums): Component =>
  sums.topology.isSingular ? bySumOf(sums, (sum) => (sum > 0 ? 1 : 0)) : byDomainOf(sums);

function bySumOf({ topology, ofNode }: Sums, told: (sum: number) => number): Component {
  return {
    bySum: true,
    isStale: () => !topology.isSingular,
    of: (node) => (domainOf(topology, node) === noDomain ? 0 : 1 + unsigned(told(ofNode(node)))),
    sumAt: (component) => signed(component - 1),
  };
}

const byDomainOf = ({ topology, sum }: Sums): Component => ({
  bySum: false,
  isStale: () => topology.isSingular,
  of: (node) => 1 + domainOf(topology, node),
  sumAt: (component) => sum(component - 1),
});

/** Counts the node's own pods, whatever domain it is in. */
export const ownComponentOf = (topology: Topology, tally: Tally): Component => ({
  bySum: true,
  isStale: () => false,
  of: (node) =>
    domainOf(topology, node) === noDomain ? 0 : 1 + unsigned(tally.amounts[node] ?? 0),
  sumAt: (component) => signed(component - 1),
});

const domainOf = (topology: Topology, node: number): number => topology.domains[node] ?? noDomain;

/** Sums may be negative where pods keep each other away; components are not. */
const unsigned = (sum: number): number => (sum >= 0 ? 2 * sum : -2 * sum - 1);
const signed = (part: number): number => (part % 2 === 0 ? part / 2 : -(part + 1) / 2);
