import assert from 'node:assert/strict';
import type { ResourceQuota } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';
import { strategies } from '../../registry/index.ts';
import { createBench } from '../../registry/testing/exchange.ts';
import type { Bench } from '../../registry/testing/exchange.ts';
import { resourceQuota } from './resource-quota.ts';

describe('ResourceQuota', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = createBench(strategies, {
      admission: (reads, writes) => [resourceQuota(reads, writes, createFakeClock())],
    });
    await bench.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'n' } } });
  });
  afterEach(() => bench.registry.close());

  const quotas = '/api/v1/namespaces/n/resourcequotas';
  /** A quota as its controller leaves it. */
  async function limit(name: string, hard: Record<string, string>, spec: object = {}) {
    const used = Object.fromEntries(Object.keys(hard).map((one) => [one, '0']));
    const body = { metadata: { name }, spec: { hard, ...spec } };
    assert.equal((await bench.call('POST', quotas, { body })).status, 201);
    const { status, text } = await bench.call('PATCH', `${quotas}/${name}/status`, {
      body: { status: { hard, used } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    assert.equal(status, 200, text);
  }
  const used = async (name: string) => {
    const { json } = await bench.call('GET', `${quotas}/${name}`);
    return (json as unknown as ResourceQuota).status?.used ?? {};
  };
  const post = (resource: string, name: string, more: object = {}, query = '') =>
    bench.call('POST', `/api/v1/namespaces/n/${resource}${query}`, {
      body: { metadata: { name }, ...more },
    });
  const pod = (name: string, requests: object = {}, more: object = {}) =>
    post('pods', name, {
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...more },
    });

  it('takes what a pod asks for, and no more than there is', async () => {
    await limit('q', { pods: '5', 'requests.cpu': '1', memory: '1Gi' });
    assert.equal((await pod('a', { cpu: '600m', memory: '100Mi' })).status, 201);
    assert.deepEqual(await used('q'), { pods: '1', 'requests.cpu': '600m', memory: '100Mi' });
    const { status, json } = await pod('b', { cpu: '500m', memory: '100Mi' });
    assert.equal(status, 403);
    assert.equal(
      json.message,
      'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
    assert.deepEqual(await used('q'), { pods: '1', 'requests.cpu': '600m', memory: '100Mi' });
  });

  it('wants containers to say what they need of what is limited', async () => {
    await limit('q', { 'requests.cpu': '1', 'limits.memory': '1Gi' });
    const { json } = await pod('a');
    assert.equal(
      json.message,
      'pods "a" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    );
  });

  it('gives exactly ten of ten to fifty that ask at the same time', async () => {
    await limit('q', { 'count/configmaps': '10' });
    await limit('r', { configmaps: '20' });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => post('configmaps', `m${i}`)),
    );
    const made = answers.filter(({ status }) => status === 201);
    assert.equal(made.length, 10);
    assert.ok(answers.every(({ status }) => status === 201 || status === 403));
    assert.deepEqual(await used('q'), { 'count/configmaps': '10' });
    assert.deepEqual(await used('r'), { configmaps: '10' });
  });

  it('only looks at a dry run', async () => {
    await limit('q', { 'count/configmaps': '1' });
    assert.equal((await post('configmaps', 'a', {}, '?dryRun=All')).status, 201);
    assert.deepEqual(await used('q'), { 'count/configmaps': '0' });
  });

  it('counts a service for what it becomes, too', async () => {
    await limit('q', { services: '2', 'services.nodeports': '1' });
    const ports = [{ port: 80 }];
    assert.equal((await post('services', 'a', { spec: { ports } })).status, 201);
    assert.deepEqual(await used('q'), { services: '1', 'services.nodeports': '0' });
    const patch = (name: string) =>
      bench.call('PATCH', `/api/v1/namespaces/n/services/${name}`, {
        body: { spec: { type: 'NodePort' } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
    assert.equal((await patch('a')).status, 200);
    assert.deepEqual(await used('q'), { services: '1', 'services.nodeports': '1' });
    await post('services', 'b', { spec: { ports } });
    assert.match(
      (await patch('b')).json.message,
      /exceeded quota: q, requested: services.nodeports=1/,
    );
  });

  it('leaves alone what its scopes do not name', async () => {
    await limit('best', { pods: '1' }, { scopes: ['BestEffort'] });
    await limit(
      'high',
      { pods: '0' },
      {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
        },
      },
    );
    assert.equal((await pod('a')).status, 201);
    assert.equal((await pod('b')).status, 403);
    assert.equal((await pod('c', { cpu: '1' })).status, 201);
    const high = await pod('d', { cpu: '1' }, { priorityClassName: 'high' });
    assert.match(high.json.message, /exceeded quota: high/);
  });

  it('counts nothing before its status says what is used', async () => {
    const body = { metadata: { name: 'q' }, spec: { hard: { configmaps: '0' } } };
    await bench.call('POST', quotas, { body });
    assert.equal((await post('configmaps', 'a')).status, 201);
  });
});
