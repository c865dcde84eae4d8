import assert from 'node:assert/strict';
import { configMaps, pods } from '@berth/api';
import type { KubeObject, ResourceQuota } from '@berth/api';
import { limitedTypes, planQuotaStatus, unknownKinds } from './plan.ts';

const metadata = { name: 'a' } as KubeObject['metadata'];
const quotaOf = (hard: Record<string, string>, more: object = {}): ResourceQuota => ({
  metadata,
  spec: { hard, ...more },
});
const podOf = (cpu: string, phase = 'Running') =>
  ({
    metadata,
    spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] },
    status: { phase },
  }) as unknown as KubeObject;

describe('planQuotaStatus', () => {
  const counted = [
    { type: pods, objects: [podOf('100m'), podOf('1'), podOf('5', 'Succeeded')] },
    { type: configMaps, objects: [{ metadata }, { metadata }] as KubeObject[] },
  ];

  it('sums what lives, and counts what is there', () => {
    const hard = {
      pods: '5',
      'requests.cpu': '2',
      'count/pods': '9',
      configmaps: '3',
      secrets: '1',
    };
    assert.deepEqual(planQuotaStatus(quotaOf(hard), counted, 0), {
      hard,
      used: {
        pods: '2',
        'requests.cpu': '1100m',
        'count/pods': '3',
        configmaps: '2',
        secrets: '0',
      },
    });
  });

  it('has nothing to say when the status says it', () => {
    const quota = quotaOf({ pods: '5' });
    const status = planQuotaStatus(quota, counted, 0);
    assert.ok(status);
    assert.equal(planQuotaStatus({ ...quota, status }, counted, 0), undefined);
  });

  it('counts only what its scopes name', () => {
    const best = quotaOf({ pods: '5' }, { scopes: ['BestEffort'] });
    assert.deepEqual(planQuotaStatus(best, counted, 0)?.used, { pods: '0' });
    const not = quotaOf({ pods: '5' }, { scopes: ['NotBestEffort'] });
    assert.deepEqual(planQuotaStatus(not, counted, 0)?.used, { pods: '2' });
  });

  it('knows which kinds it is about', () => {
    const quota = quotaOf({
      'count/configmaps': '1',
      'limits.cpu': '1',
      'count/w.example.com': '1',
    });
    assert.deepEqual(limitedTypes(quota, [pods, configMaps]), [pods, configMaps]);
    assert.deepEqual(unknownKinds(quota, [pods, configMaps]), ['w.example.com']);
  });
});
