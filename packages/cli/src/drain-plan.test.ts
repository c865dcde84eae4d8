import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { planDrain } from './drain-plan.ts';

const no = {
  force: false,
  ignoreDaemonSets: false,
  deleteEmptyDirData: false,
  disableEviction: false,
};
const owned = (kind: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'x', uid: 'x', controller: true }],
});
const managed = makePod('managed', {}, { metadata: owned('ReplicaSet') });
const daemon = makePod('daemon', {}, { metadata: owned('DaemonSet') });
const lonely = makePod('lonely');
const mirror = makePod(
  'mirror',
  {},
  { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } },
);
const local = makePod(
  'local',
  { volumes: [{ name: 'data', emptyDir: {} }] },
  { metadata: owned('ReplicaSet') },
);
const over = makePod('over', {}, { status: { phase: 'Succeeded' } });

describe('planDrain', () => {
  it('evicts what somebody will replace, and what is over anyway', () => {
    assert.deepEqual(planDrain([managed, mirror, over], no), {
      evict: [managed, over],
      warnings: [],
      objections: [],
    });
  });

  it('asks before anything is lost', () => {
    assert.deepEqual(planDrain([daemon, lonely, local], no).objections, [
      'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/daemon',
      'cannot delete Pods that declare no controller (use --force to override): default/lonely',
      'cannot delete Pods with local storage (use --delete-emptydir-data to override): default/local',
    ]);
  });

  it('does what was agreed to, and says so', () => {
    const yes = { ...no, force: true, ignoreDaemonSets: true, deleteEmptyDirData: true };
    const { evict, warnings, objections } = planDrain([daemon, lonely, local], yes);
    assert.deepEqual([evict, objections], [[lonely, local], []]);
    assert.deepEqual(warnings, [
      'ignoring DaemonSet-managed Pods: default/daemon',
      'deleting Pods that declare no controller: default/lonely',
    ]);
  });
});
