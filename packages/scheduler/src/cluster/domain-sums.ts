import type { NodeInfo } from '../node-info.ts';
import { createInts } from './ints.ts';
import { noDomain } from './topologies.ts';
import type { Topology } from './topologies.ts';

/** What a tally comes to per domain of a topology, over the nodes that count. */
export interface DomainSums {
  readonly topology: Topology;
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

export function createDomainSums({
  topology,
  counts = () => true,
  amounts,
  release,
}: DomainSumsOptions): KeptSums {
  const sums: number[] = [];
  const members: number[] = [];
  /** Where each node counts at present. */
  const places = createInts(0, noDomain);
  let total = 0;
  let domainCount = 0;
  /** How many domains with members have each sum, and a bound below which there are none. */
  const histogram: number[] = [];
  let lowest = 0;

  const tell = (sum: number, by: 1 | -1) => {
    if (sum < 0) return;
    histogram[sum] = (histogram[sum] ?? 0) + by;
    if (by === 1 && sum < lowest) lowest = sum;
  };
  const change = (domain: number, amount: number) => {
    const before = sums[domain] ?? 0;
    sums[domain] = before + amount;
    total += amount;
    if (!members[domain]) return;
    tell(before, -1);
    tell(before + amount, 1);
  };
  const join = (domain: number, by: 1 | -1) => {
    const before = members[domain] ?? 0;
    members[domain] = before + by;
    if (before > 0 && before + by > 0) return;
    domainCount += by;
    tell(sums[domain] ?? 0, by);
  };

  const kept: KeptSums = {
    topology,
    sum: (domain) => sums[domain] ?? 0,
    get total() {
      return total;
    },
    get lowest() {
      if (domainCount === 0) return 0;
      while (!histogram[lowest]) lowest += 1;
      return lowest;
    },
    get domainCount() {
      return domainCount;
    },
    add(node, amount) {
      const domain = places.values[node] ?? noDomain;
      if (domain !== noDomain) change(domain, amount);
    },
    nodeChanged(index, node) {
      places.reserve(index + 1);
      const before = places.values[index]!;
      const after = node && counts(node) ? (topology.domains[index] ?? noDomain) : noDomain;
      if (before === after) return;
      const amount = amounts()[index] ?? 0;
      if (before !== noDomain) {
        change(before, -amount);
        join(before, -1);
      }
      places.values[index] = after;
      if (after !== noDomain) {
        join(after, 1);
        change(after, amount);
      }
    },
    release: () => release(kept),
  };
  return kept;
}
