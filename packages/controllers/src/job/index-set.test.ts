import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatIndexes, parseIndexes } from './index-set.ts';

describe('completion indexes', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60)), (indexes) => {
        const sorted = [...indexes].sort((a, b) => a - b);
        assert.deepEqual([...parseIndexes(formatIndexes(indexes), 61)], sorted);
      }),
    );
  });
  it('are written short', () => {
    assert.equal(formatIndexes([7, 3, 4, 5, 1]), '1,3-5,7');
    assert.equal(formatIndexes([1, 0]), '0,1');
    assert.equal(formatIndexes([]), '');
  });
  it('end where the job does', () => {
    assert.deepEqual([...parseIndexes('0-1000000000', 3)], [0, 1, 2]);
  });
});
