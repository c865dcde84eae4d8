import assert from 'node:assert/strict';
import { planChanges, splitChanges } from './metadata-changes.ts';
import { UsageError } from './usage-error.ts';

describe('splitChanges', () => {
  it('tells objects from changes', () => {
    assert.deepEqual(splitChanges(['pod/web', 'app=web', 'example.com/a=b=c', 'old-', 'empty=']), {
      args: ['pod/web'],
      changes: { app: 'web', 'example.com/a': 'b=c', old: null, empty: '' },
    });
    assert.deepEqual(splitChanges(['pods', 'web-1', 'example.com/x-']).args, ['pods', 'web-1']);
  });

  it('refuses to set and remove the same', () => {
    assert.throws(() => splitChanges(['pod/web', 'a=b', 'a-']), UsageError);
    assert.throws(() => splitChanges(['a=b', 'pod/web']), UsageError);
  });
});

describe('planChanges', () => {
  const current = { app: 'web', tier: 'front' };

  it('knows whether anything changes', () => {
    const effect = (changes: Parameters<typeof planChanges>[1]) =>
      planChanges(current, changes, true).effect;
    assert.equal(effect({ app: 'web' }), 'none');
    assert.equal(effect({ app: 'api' }), 'changed');
    assert.equal(effect({ app: null }), 'removed');
    assert.equal(effect({ app: null, x: 'y' }), 'changed');
    assert.equal(effect({ missing: null }), 'none');
  });

  it('does not overwrite unless told to', () => {
    assert.deepEqual(planChanges(current, { app: 'api', tier: 'front' }, false).taken, [
      { name: 'app', value: 'web' },
    ]);
    assert.deepEqual(planChanges(current, { app: 'api' }, true).taken, []);
  });

  it('says what was not there, whatever its name', () => {
    assert.deepEqual(planChanges(current, { toString: null }, false).missing, ['toString']);
  });
});
