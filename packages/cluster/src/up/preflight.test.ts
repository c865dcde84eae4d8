import assert from 'node:assert/strict';
import { planRuntime } from './preflight.ts';
import type { Machine } from './preflight.ts';

const complete: Machine = { isRoot: true, isLinux: true, hasApt: true, missing: [] };
const kindOf = (asked: Parameters<typeof planRuntime>[0], machine: Partial<Machine>) => {
  const plan = planRuntime(asked, { ...complete, ...machine });
  return plan.kind === 'use' ? plan.runtime : plan.kind;
};

describe('planRuntime', () => {
  it('takes containers where they are to be had, and installs what is missing', () => {
    assert.equal(kindOf('auto', {}), 'containerd');
    assert.equal(kindOf('auto', { missing: ['runc'] }), 'install');
  });
  it('simulates when it was left to it and containers cannot be had', () => {
    assert.equal(kindOf('auto', { isRoot: false }), 'simulated');
    assert.equal(kindOf('auto', { isLinux: false }), 'simulated');
    assert.equal(kindOf('auto', { missing: ['runc'], hasApt: false }), 'simulated');
  });
  it('refuses rather than replaces what was asked for', () => {
    assert.equal(kindOf('containerd', { isRoot: false }), 'impossible');
    assert.equal(kindOf('simulated', {}), 'simulated');
  });
});
