import assert from 'node:assert/strict';
import { makePersistentVolumeClaim, makePod } from '@berth/api/testing';
import { claimProtection, planRelease, usesClaim } from './plan.ts';

const claim = makePersistentVolumeClaim('data');

describe('planRelease', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const finalizers = ['example.com/mine', claimProtection];
  const plan = (metadata: object, isUsed = false) =>
    planRelease(makePersistentVolumeClaim('data', {}, { metadata }), claimProtection, isUsed);

  it('takes its own finalizer off what is deleted and not used', () => {
    assert.deepEqual(plan({ deletionTimestamp, finalizers }), ['example.com/mine']);
    assert.equal(plan({ deletionTimestamp, finalizers }, true), undefined);
    assert.equal(plan({ finalizers }), undefined);
    assert.equal(plan({ deletionTimestamp, finalizers: ['example.com/mine'] }), undefined);
  });
});

describe('usesClaim', () => {
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
  const podOf = (spec: object, phase?: string) =>
    makePod('p', spec, phase === undefined ? {} : { status: { phase } });

  it('is true from a pod having a node to its end', () => {
    assert.equal(usesClaim(podOf({ volumes }), claim), false);
    assert.equal(usesClaim(podOf({ volumes, nodeName: 'n' }, 'Running'), claim), true);
    assert.equal(usesClaim(podOf({ volumes, nodeName: 'n' }, 'Failed'), claim), false);
    assert.equal(usesClaim(podOf({ nodeName: 'n' }, 'Running'), claim), false);
  });

  it('knows claims that were made for a pod', () => {
    const own = { nodeName: 'n', volumes: [{ name: 'v', ephemeral: {} }] };
    assert.equal(usesClaim(podOf(own), makePersistentVolumeClaim('p-v')), true);
    assert.equal(usesClaim(podOf(own), claim), false);
  });
});
