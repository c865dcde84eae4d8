import { createBucketQueue } from './bucket-queue.ts';
import type { BucketQueue } from './bucket-queue.ts';
import type { IsAhead } from './bucket.ts';

/**
 * Nodes of which all plugins that compare nodes say the same: those in the same cells, with the same raw scores. What is
 * added to their own scores is the same for all of them, so the best of a group is the best by its own score.
 */
export interface Group {
  /** By partition. */
  readonly cells: readonly number[];
  /** The raw scores that are normalised, by plugin. All 0 in groups of nodes that do not fit. */
  readonly raws: readonly number[];
  /** The nodes that fit as far as each node by itself can say, by their own scores. */
  readonly queue: BucketQueue;
  /** How many of the others there are by the code of the refusal. */
  readonly refused: Map<number, number>;
  /** How many of its nodes are compared with others. Changes with every decision, as does the following. */
  feasible: number;
  /** What the comparison adds to the scores of its nodes. */
  offset: number;
}

export interface Groups {
  /** The group of these cells and raw scores; both lists are copied when it is new. */
  of(cells: readonly number[], raws: readonly number[]): number;
  at(id: number): Group;
  all(): readonly Group[];
}

/** Groups without nodes are kept: which there are follows from few small numbers, and they come back. */
export function createGroups(places: Int32Array, isAhead: IsAhead): Groups {
  const groups: Group[] = [];
  /** The groups' numbers by the path of their parts. */
  const root = new Map<number, unknown>();

  return {
    of(cells, raws) {
      let at = root;
      const parts = cells.length + raws.length;
      for (let i = 0; i < parts - 1; i += 1) {
        const part = partAt(cells, raws, i);
        let next = at.get(part) as Map<number, unknown> | undefined;
        if (!next) {
          next = new Map();
          at.set(part, next);
        }
        at = next;
      }
      const last = parts === 0 ? 0 : partAt(cells, raws, parts - 1);
      const known = at.get(last) as number | undefined;
      if (known !== undefined) return known;
      at.set(last, groups.length);
      groups.push({
        cells: [...cells],
        raws: [...raws],
        queue: createBucketQueue(places, isAhead),
        refused: new Map(),
        feasible: 0,
        offset: 0,
      });
      return groups.length - 1;
    },
    at: (id) => groups[id]!,
    all: () => groups,
  };
}

const partAt = (cells: readonly number[], raws: readonly number[], i: number): number =>
  i < cells.length ? cells[i]! : raws[i - cells.length]!;
