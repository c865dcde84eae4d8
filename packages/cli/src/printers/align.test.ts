import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alignCells, alignText, tableSpacing, textSpacing } from './align.ts';

describe('alignCells', () => {
  it('gives a column the width of its longest cell and a gap, and at least six', () => {
    const rows = [
      ['NAME', 'AGE'],
      ['a', '1s'],
      ['longer-name', '10m'],
    ];
    assert.deepEqual(alignCells(rows, tableSpacing), [
      'NAME          AGE',
      'a             1s',
      'longer-name   10m',
    ]);
    assert.deepEqual(alignCells([['a', 'b']], tableSpacing), ['a     b']);
  });

  it('starts anew where a row has no such column', () => {
    const text = 'Name:\tweb\nNamespace:\tdefault\nContainers:\n  a:\tb';
    assert.equal(
      alignText(text, textSpacing),
      'Name:       web\nNamespace:  default\nContainers:\n  a:  b',
    );
  });

  it('counts a character outside the basic plane once', () => {
    const rows = [
      ['🙂', 'x'],
      ['ab', 'y'],
    ];
    assert.deepEqual(alignCells(rows, textSpacing), ['🙂   x', 'ab  y']);
  });

  it('puts every second cell of a full table at the same place', () => {
    const cell = fc.stringMatching(/^[a-z]{0,12}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, fc.constant('|')), { minLength: 1 }), (rows) => {
        const places = alignCells(rows, tableSpacing).map((line) => line.indexOf('|'));
        return new Set(places).size === 1;
      }),
    );
  });
});
