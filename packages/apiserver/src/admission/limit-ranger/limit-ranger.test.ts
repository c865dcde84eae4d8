import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { strategies } from '../../registry/index.ts';
import { createBench } from '../../registry/testing/exchange.ts';
import type { Bench } from '../../registry/testing/exchange.ts';
import { claimProblems } from './limit-problems.ts';
import { limitRanger } from './limit-ranger.ts';

describe('LimitRanger', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = createBench(strategies, { admission: (reads) => [limitRanger(reads)] });
    await bench.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'n' } } });
  });
  afterEach(() => bench.registry.close());

  const limit = (limits: object) =>
    bench.call('POST', '/api/v1/namespaces/n/limitranges', {
      body: { metadata: { name: 'l' }, spec: { limits: [limits] } },
    });
  const pod = (resources: object, init?: object) =>
    bench.call('POST', '/api/v1/namespaces/n/pods', {
      body: {
        metadata: { name: 'p' },
        spec: {
          containers: [{ name: 'c', image: 'i', resources }],
          ...(init && { initContainers: [{ name: 'i', image: 'i', resources: init }] }),
        },
      },
    });

  it('fills in what containers do not say, and tells so', async () => {
    await limit({
      type: 'Container',
      default: { cpu: '500m', memory: '500Mi' },
      defaultRequest: { cpu: '100m' },
    });
    const { json } = await pod({ limits: { cpu: '300m' } }, {});
    const { metadata, spec } = json as unknown as Pod;
    assert.deepEqual(spec.containers[0]?.resources, {
      limits: { cpu: '300m', memory: '500Mi' },
      requests: { cpu: '300m', memory: '500Mi' },
    });
    assert.equal(
      metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: memory request for container c; memory limit for container c; cpu, memory request for init container i; cpu, memory limit for init container i',
    );
  });

  it('refuses containers out of their bounds, all problems at once', async () => {
    await limit({
      type: 'Container',
      min: { cpu: '100m' },
      max: { memory: '1Gi' },
      maxLimitRequestRatio: { cpu: '2' },
    });
    const { status, json } = await pod({
      requests: { cpu: '50m' },
      limits: { cpu: '300m', memory: '2Gi' },
    });
    assert.equal(status, 403);
    assert.equal(
      json.message,
      'pods "p" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, maximum memory usage per Container is 1Gi, but limit is 2Gi, cpu max limit to request ratio per Container is 2, but provided ratio is 6.000000]',
    );
  });

  it('refuses pods out of the bounds of pods', async () => {
    await limit({ type: 'Pod', max: { cpu: '1' } });
    const { json } = await pod({ requests: { cpu: '100m' } });
    assert.equal(
      json.message,
      'pods "p" is forbidden: maximum cpu usage per Pod is 1.  No limit is specified',
    );
    assert.equal((await pod({ limits: { cpu: '1' } })).status, 201);
  });

  it('refuses claims that ask for too little or too much', () => {
    const range = {
      metadata: { name: 'l' } as Pod['metadata'],
      spec: {
        limits: [
          { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } },
        ],
      },
    };
    const claim = (storage: string) => ({
      metadata: range.metadata,
      spec: { resources: { requests: { storage } } },
    });
    assert.deepEqual(claimProblems(claim('1Gi'), range), []);
    assert.deepEqual(claimProblems(claim('3Gi'), range), [
      'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    ]);
    assert.deepEqual(claimProblems(claim('1Mi'), range), [
      'minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    ]);
  });
});
