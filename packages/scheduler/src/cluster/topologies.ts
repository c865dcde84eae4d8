import type { Labels } from '@berth/api';
import { createInts } from './ints.ts';

/** The values of one node label as domains with small numbers. */
export interface Topology {
  readonly key: string;
  /** The domain of every node by index, or `noDomain`. */
  readonly domains: Int32Array;
  /** Domains ever seen; numbers are below it. */
  readonly domainCount: number;
  /** Whether no two nodes share a domain, as with host names. */
  readonly isSingular: boolean;
}

export const noDomain = -1;

/** The topologies that somebody asks for, kept up as nodes come, change and go. */
export interface Topologies {
  of(key: string): Topology;
  /** Without labels the node is gone. */
  setNode(node: number, labels: Labels | undefined): void;
}

interface Kept extends Topology {
  set(node: number, value: string | undefined): void;
}

/** `labelsOf` gives the labels of the nodes there are, by index. */
export function createTopologies(labelsOf: () => Iterable<readonly [number, Labels]>): Topologies {
  const kept = new Map<string, Kept>();
  return {
    of(key) {
      let topology = kept.get(key);
      if (!topology) {
        topology = createTopology(key);
        for (const [node, labels] of labelsOf()) topology.set(node, labels[key]);
        kept.set(key, topology);
      }
      return topology;
    },
    setNode(node, labels) {
      for (const topology of kept.values()) topology.set(node, labels?.[topology.key]);
    },
  };
}

function createTopology(key: string): Kept {
  const ids = new Map<string, number>();
  const members: number[] = [];
  const domains = createInts(0, noDomain);
  let shared = 0;

  const count = (domain: number, by: 1 | -1) => {
    if (domain === noDomain) return;
    const before = members[domain] ?? 0;
    members[domain] = before + by;
    shared += Number(before + by > 1) - Number(before > 1);
  };
  return {
    key,
    get domains() {
      return domains.values;
    },
    get domainCount() {
      return ids.size;
    },
    get isSingular() {
      return shared === 0;
    },
    set(node, value) {
      domains.reserve(node + 1);
      let domain = noDomain;
      if (value !== undefined) {
        const known = ids.get(value);
        domain = known ?? ids.size;
        if (known === undefined) ids.set(value, domain);
      }
      count(domains.values[node]!, -1);
      count(domain, 1);
      domains.values[node] = domain;
    },
  };
}
