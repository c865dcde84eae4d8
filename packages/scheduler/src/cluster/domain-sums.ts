import type { NodeInfo } from '../node-info.ts';
import { createInts } from './ints.ts';
import { noDomain } from './topologies.ts';
import type { Topology } from './topologies.ts';

/** What a tally comes to per domain of a topology, over the nodes that count. */
export interface DomainSums {
  readonly topology: Topology;
  /** What one node adds; 0 where it does not count. */
  ofNode(node: number): number;
  /** The sum of one domain; 0 where no node counts. */
  sum(domain: number): number;
  /** Over all domains. */
  readonly total: number;
  /** The lowest sum of any domain with a node that counts; 0 when there is none. Only for sums of 0 and more. */
  readonly lowest: number;
  /** Domains with a node that counts. */
  readonly domainCount: number;
  release(): void;
}

export interface KeptSums extends DomainSums {
  add(node: number, amount: number): void;
  /** The node came, changed or went: it may be in another domain, or not count any more. */
  nodeChanged(index: number, node: NodeInfo | undefined): void;
}

export interface DomainSumsOptions {
  readonly topology: Topology;
  /** Whether a node counts. Unsaid, all do. */
  readonly counts?: (node: NodeInfo) => boolean;
  /** The tally by node. */
  readonly amounts: () => Int32Array;
  readonly release: (sums: KeptSums) => void;
}

/**
 * Kept up for every pod that comes or goes, so nothing is touched but what somebody asks for: the books of the domains
 * are opened with the first question about one. Where each node is a domain of its own there may never be any.
 */
export function createDomainSums({
  topology,
  counts,
  amounts,
  release,
}: DomainSumsOptions): KeptSums {
  /** Where each node counts at present. */
  const places = createInts(0, noDomain);
  let total = 0;
  let opened: DomainBooks | undefined;
  const books = (): DomainBooks => {
    if (opened) return opened;
    opened = createDomainBooks();
    for (const [node, domain] of places.values.entries())
      if (domain !== noDomain) opened.join(domain, amounts()[node] ?? 0);
    return opened;
  };
  /** Where all nodes count, both say the same, and others read the topology anyway. */
  const placeOf = (node: number): number =>
    (counts ? places.values : topology.domains)[node] ?? noDomain;

  const kept: KeptSums = {
    topology,
    ofNode: (node) => (placeOf(node) === noDomain ? 0 : (amounts()[node] ?? 0)),
    sum: (domain) => books().sum(domain),
    get total() {
      return total;
    },
    get lowest() {
      return books().lowest();
    },
    get domainCount() {
      return books().domainCount();
    },
    add(node, amount) {
      const domain = placeOf(node);
      if (domain === noDomain) return;
      total += amount;
      opened?.add(domain, amount);
    },
    nodeChanged(index, node) {
      places.reserve(index + 1);
      const before = places.values[index]!;
      const isCounted = node !== undefined && (counts?.(node) ?? true);
      const after = isCounted ? (topology.domains[index] ?? noDomain) : noDomain;
      if (before === after) return;
      places.values[index] = after;
      const amount = amounts()[index] ?? 0;
      if (before !== noDomain) {
        total -= amount;
        opened?.leave(before, amount);
      }
      if (after !== noDomain) {
        total += amount;
        opened?.join(after, amount);
      }
    },
    release: () => release(kept),
  };
  return kept;
}

/** The sums by domain, and how they stand to each other. */
interface DomainBooks {
  sum(domain: number): number;
  add(domain: number, amount: number): void;
  /** A node of the domain counts from now on. */
  join(domain: number, amount: number): void;
  leave(domain: number, amount: number): void;
  lowest(): number;
  domainCount(): number;
}

function createDomainBooks(): DomainBooks {
  const sums: number[] = [];
  const members: number[] = [];
  let domainCount = 0;
  /** How many domains with members have each sum, and a bound below which there are none. */
  const histogram: number[] = [];
  let lowest = 0;

  const sum = (domain: number): number => sums[domain] ?? 0;
  const tell = (domain: number, by: 1 | -1) => {
    const its = sum(domain);
    if (its < 0) return;
    histogram[its] = (histogram[its] ?? 0) + by;
    if (by === 1 && its < lowest) lowest = its;
  };
  const change = (domain: number, amount: number, newMembers: -1 | 0 | 1) => {
    const before = members[domain] ?? 0;
    if (before > 0) tell(domain, -1);
    sums[domain] = sum(domain) + amount;
    const after = before + newMembers;
    if (newMembers !== 0) members[domain] = after;
    if (after > 0) tell(domain, 1);
    domainCount += Number(after > 0) - Number(before > 0);
  };
  return {
    sum,
    add: (domain, amount) => change(domain, amount, 0),
    join: (domain, amount) => change(domain, amount, 1),
    leave: (domain, amount) => change(domain, -amount, -1),
    lowest() {
      if (domainCount === 0) return 0;
      while (!histogram[lowest]) lowest += 1;
      return lowest;
    },
    domainCount: () => domainCount,
  };
}
