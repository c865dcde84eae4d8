import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createBucketQueue } from './bucket-queue.ts';

const nodes = 12;
const step = fc.record({ node: fc.nat(nodes - 1), score: fc.nat(6) });

describe('createBucketQueue', () => {
  it('knows those with the highest score, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = createBucketQueue(new Int32Array(nodes));
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
          const ties = Array.from({ length: queue.ties() }, (_, i) => queue.tie(i));
          assert.deepEqual(
            ties.toSorted((a, b) => a - b),
            best.toSorted((a, b) => a - b),
          );
        }
      }),
    );
  });
});
