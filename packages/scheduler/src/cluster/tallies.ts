import { hasTerms } from '../affinity-terms.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodShape } from '../pod-shape.ts';
import { createDomainSums } from './domain-sums.ts';
import type { DomainSums, KeptSums } from './domain-sums.ts';
import { createInts } from './ints.ts';
import type { Topology } from './topologies.ts';

/** A sum over the placed pods by node, such as how many match a selector. */
export interface Tally {
  /** By node index; missing is 0. */
  readonly amounts: Int32Array;
  /** Over all nodes. */
  readonly total: number;
  /** The same per domain, over the nodes for which `counts` holds (unsaid, all). */
  perDomain(topology: Topology, counts?: (node: NodeInfo) => boolean): DomainSums;
  release(): void;
}

/** What one placed pod adds to a tally: a whole number that depends on its shape alone. */
type Weigh = (shape: PodShape) => number;

/**
 * The tallies that somebody asks for, kept up as pods come and go. Placing a pod costs as much as there are tallies that
 * its shape counts in: which they are is worked out once per shape and tally.
 */
export interface Tallies {
  /** Tallies of one `key` are one: equal keys must mean equal weights. Every ask needs a release. */
  of(key: string, weigh: Weigh): Tally;
  placed(node: number, shape: PodShape, by: 1 | -1): void;
  nodeChanged(index: number, node: NodeInfo | undefined): void;
  /** The shapes of placed pods that have affinity terms. */
  readonly shapesWithTerms: ReadonlySet<PodShape>;
  /** Moves when `shapesWithTerms` does. */
  readonly termsRevision: number;
}

interface KeptTally extends Tally {
  readonly key: string;
  readonly weigh: Weigh;
  askers: number;
  add(node: number, amount: number): void;
  nodeChanged(index: number, node: NodeInfo | undefined): void;
}

interface PlacedShape {
  pods: number;
  /** Where it counts, and for how much each. */
  weights: { readonly tally: KeptTally; readonly weight: number }[];
}

export function createTallies(nodes: () => Iterable<NodeInfo>): Tallies {
  const kept = new Map<string, KeptTally>();
  const shapes = new Map<PodShape, PlacedShape>();
  const shapesWithTerms = new Set<PodShape>();
  let termsRevision = 0;

  const came = (shape: PodShape): PlacedShape => {
    const weights = [...kept.values()].flatMap((tally) => weightIn(tally, shape));
    const placed: PlacedShape = { pods: 0, weights };
    shapes.set(shape, placed);
    if (hasTerms(shape.terms)) {
      shapesWithTerms.add(shape);
      termsRevision += 1;
    }
    return placed;
  };
  const left = (shape: PodShape) => {
    shapes.delete(shape);
    if (shapesWithTerms.delete(shape)) termsRevision += 1;
  };
  /** Counts what is placed already; where nothing counts no node is looked at. */
  const fill = (tally: KeptTally) => {
    const counting = new Map<PodShape, number>();
    for (const [shape, placed] of shapes) {
      const weight = tally.weigh(shape);
      if (weight === 0) continue;
      counting.set(shape, weight);
      placed.weights.push({ tally, weight });
    }
    if (counting.size === 0) return;
    for (const { index, pods } of nodes()) {
      let sum = 0;
      for (const { shape } of pods) sum += counting.get(shape) ?? 0;
      if (sum !== 0) tally.add(index, sum);
    }
  };
  const forget = (tally: KeptTally) => {
    kept.delete(tally.key);
    for (const placed of shapes.values())
      placed.weights = placed.weights.filter((each) => each.tally !== tally);
  };

  return {
    of(key, weigh) {
      let tally = kept.get(key);
      if (!tally) {
        tally = createTally(key, weigh, nodes, forget);
        kept.set(key, tally);
        fill(tally);
      }
      tally.askers += 1;
      return tally;
    },
    placed(node, shape, by) {
      const placed = shapes.get(shape) ?? came(shape);
      placed.pods += by;
      for (const { tally, weight } of placed.weights) tally.add(node, by * weight);
      if (placed.pods === 0) left(shape);
    },
    nodeChanged(index, node) {
      for (const tally of kept.values()) tally.nodeChanged(index, node);
    },
    shapesWithTerms,
    get termsRevision() {
      return termsRevision;
    },
  };
}

function weightIn(tally: KeptTally, shape: PodShape): PlacedShape['weights'] {
  const weight = tally.weigh(shape);
  return weight === 0 ? [] : [{ tally, weight }];
}

function createTally(
  key: string,
  weigh: Weigh,
  nodes: () => Iterable<NodeInfo>,
  forget: (tally: KeptTally) => void,
): KeptTally {
  const amounts = createInts(0);
  const perDomain = new Set<KeptSums>();
  let total = 0;
  const tally: KeptTally = {
    key,
    weigh,
    askers: 0,
    get amounts() {
      return amounts.values;
    },
    get total() {
      return total;
    },
    add(node, amount) {
      total += amount;
      amounts.reserve(node + 1);
      amounts.values[node]! += amount;
      for (const sums of perDomain) sums.add(node, amount);
    },
    nodeChanged(index, node) {
      for (const sums of perDomain) sums.nodeChanged(index, node);
    },
    perDomain(topology, counts) {
      const sums = createDomainSums({
        topology,
        amounts: () => amounts.values,
        release: (done) => void perDomain.delete(done),
        ...(counts && { counts }),
      });
      perDomain.add(sums);
      for (const node of nodes()) sums.nodeChanged(node.index, node);
      return sums;
    },
    release() {
      tally.askers -= 1;
      if (tally.askers === 0) forget(tally);
    },
  };
  return tally;
}
