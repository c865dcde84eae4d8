import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createWishes } from './wishes.ts';

describe('wishes', () => {
  it('come true at their revision, whatever else is wished for', () => {
    const prefix = fc.constantFrom('', 'a', 'b');
    const step = fc.oneof(
      fc.record({ prefix, wanted: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ by: fc.integer({ min: 1, max: 5 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const wishes = createWishes();
        const asked: { readonly prefix: string; readonly wanted: number }[] = [];
        let revision = 0;
        for (const each of steps) {
          if ('by' in each) {
            const before = revision;
            revision += each.by;
            const isTrue = asked.some(({ wanted }) => wanted > before && wanted <= revision);
            assert.equal(wishes.reach(revision) || !isTrue, true);
          } else {
            asked.push(each);
            wishes.add(each.prefix, each.wanted, revision);
          }
          for (const one of ['a', 'b']) {
            const due = asked.filter(
              ({ prefix, wanted }) => (prefix === one || prefix === '') && wanted <= revision,
            );
            assert.equal(wishes.due(one), Math.max(0, ...due.map(({ wanted }) => wanted)));
          }
        }
      }),
    );
  });

  it('are forgotten when there are too many, the farthest first', () => {
    const wishes = createWishes();
    for (let wanted = 1_000; wanted > 0; wanted -= 1) wishes.add('a', wanted, 0);
    wishes.reach(64);
    assert.equal(wishes.due('a'), 64);
    wishes.reach(1_000);
    assert.equal(wishes.due('a'), 64);
  });
});
