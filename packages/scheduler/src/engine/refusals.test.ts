import assert from 'node:assert/strict';
import { refuse, unresolvable } from '../framework.ts';
import { createRefusals } from './refusals.ts';

describe('createRefusals', () => {
  it('gives one number to what says the same, object or not', () => {
    const refusals = createRefusals();
    const code = refusals.codeOf('A', 0, refuse('no room'));
    assert.ok(code > 0);
    assert.equal(refusals.codeOf('A', 0, refuse('no room')), code);
    assert.deepEqual(refusals.at(code), { plugin: 'A', order: 0, refusal: refuse('no room') });
  });
  it('tells plugins, words and hopes apart', () => {
    const refusals = createRefusals();
    const same = refuse('no room');
    const codes = [
      refusals.codeOf('A', 0, same),
      refusals.codeOf('B', 1, same),
      refusals.codeOf('A', 0, refuse('no')),
      refusals.codeOf('A', 0, unresolvable('no room')),
    ];
    assert.equal(new Set(codes).size, 4);
  });
});
