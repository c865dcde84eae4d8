import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createBucketQueue } from './bucket-queue.ts';

/** A queue beside what it should know, in the plainest form. Lots are a node's number by `rank`. */
function besideModel(nodes: number, rank: (node: number) => number) {
  const queue = createBucketQueue(new Int32Array(nodes), (a, b) => a < b);
  const scores = new Map<number, number>();
  const isAhead = (a: number, b: number) => (rank(a) === rank(b) ? a < b : rank(a) < rank(b));
  const expected = () => {
    const highest = Math.max(-1, ...scores.values());
    const best = [...scores].filter(([, score]) => score === highest).map(([node]) => node);
    return { highest, first: best.reduce((a, b) => (a >= 0 && isAhead(a, b) ? a : b), -1) };
  };
  return {
    first: () => expected().first,
    toggle(node: number, score: number) {
      const before = scores.get(node);
      if (before === undefined) {
        queue.add(node, score, rank(node));
        scores.set(node, score);
      } else {
        queue.remove(node, before);
        scores.delete(node);
      }
    },
    check() {
      const { highest, first } = expected();
      assert.equal(queue.size, scores.size);
      assert.equal(queue.highest(), highest);
      if (first < 0) return;
      assert.equal(queue.first(), first);
      assert.equal(queue.firstLot(), rank(first));
    },
  };
}

describe('createBucketQueue', () => {
  it('knows the first of those with the highest score, whatever comes and goes', () => {
    const nodes = 12;
    const step = fc.record({ node: fc.nat(nodes - 1), score: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
        const both = besideModel(nodes, (node) => ((node + 1) * (2 * seed + 1)) % 13);
        for (const { node, score } of steps) {
          both.toggle(node, score);
          both.check();
        }
      }),
    );
  });

  it('does with many nodes, of which many have the same lot, until none is left', () => {
    const nodes = 300;
    const step = fc.option(fc.record({ node: fc.nat(nodes - 1), score: fc.nat(1) }));
    const steps = fc.array(step, { minLength: 40, maxLength: 120 });
    fc.assert(
      fc.property(steps, fc.nat(), fc.constantFrom(1, 3, 40, 100_003), (chosen, seed, lots) => {
        const both = besideModel(nodes, (node) => ((node + 1) * (2 * seed + 1)) % lots);
        for (let node = 0; node < nodes; node += 1) both.toggle(node, node % 2);
        for (const each of chosen) {
          if (each) both.toggle(each.node, each.score);
          else both.toggle(both.first(), 0);
          both.check();
        }
        for (let first = both.first(); first >= 0; first = both.first()) {
          both.toggle(first, 0);
          both.check();
        }
      }),
      { numRuns: 20 },
    );
  });
});
