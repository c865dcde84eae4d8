import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createBucketQueue } from './bucket-queue.ts';

const nodes = 12;
const step = fc.record({ node: fc.nat(nodes - 1), score: fc.nat(6) });

describe('createBucketQueue', () => {
  it('knows the first of those with the highest score, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
        const rank = (node: number) => ((node + 1) * (2 * seed + 1)) % 13;
        const isAhead = (a: number, b: number) => (rank(a) === rank(b) ? a < b : rank(a) < rank(b));
        const queue = createBucketQueue(new Int32Array(nodes), isAhead);
        const scores = new Map<number, number>();
        for (const { node, score } of steps) {
          const before = scores.get(node);
          if (before === undefined) {
            queue.add(node, score);
            scores.set(node, score);
          } else {
            queue.remove(node, before);
            scores.delete(node);
          }
          const highest = Math.max(-1, ...scores.values());
          const best = [...scores].filter(([, its]) => its === highest).map(([its]) => its);
          assert.equal(queue.size, scores.size);
          assert.equal(queue.highest(), highest);
          const first = best.reduce((a, b) => (a >= 0 && isAhead(a, b) ? a : b), -1);
          assert.equal(highest < 0 ? -1 : queue.first(), first);
        }
      }),
    );
  });
});
