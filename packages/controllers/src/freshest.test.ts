import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { createFreshest } from './freshest.ts';

const at = (resourceVersion: string, uid = 'u') =>
  makePod('p', {}, { metadata: { resourceVersion, uid } });

describe('createFreshest', () => {
  it('prefers what was written until the copy has caught up', () => {
    const freshest = createFreshest();
    const [old, written, newer] = [at('9'), at('10'), at('11')];
    assert.equal(freshest.of(old), old);
    freshest.wrote(written);
    assert.equal(freshest.of(old), written);
    assert.equal(freshest.of(newer), newer);
    assert.equal(freshest.of(old), old, 'forgotten by then');
  });

  it('takes an object that was made anew for another one', () => {
    const freshest = createFreshest();
    freshest.wrote(at('10'));
    const other = at('9', 'other');
    assert.equal(freshest.of(other), other);
  });
});
