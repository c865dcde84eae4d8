import assert from 'node:assert/strict';
import { makeLease } from '@berth/api/testing';
import { formatMicroTime } from '@berth/api';
import { makeContext, readJson } from '../testing/context.ts';
import { componentStatuses } from './component-statuses.ts';

describe('component statuses', () => {
  const now = Date.parse('2026-01-01T00:01:00Z');
  const warnings: string[] = [];
  const renewed = (agoMs: number) => ({
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    renewTime: formatMicroTime(now - agoMs),
  });
  const specs: Readonly<Record<string, object>> = {
    'kube-scheduler': renewed(5000),
    'kube-controller-manager': renewed(20_000),
  };
  const ask = (path: string, store: Error | undefined, headers = {}, method = 'GET') =>
    componentStatuses({
      now: () => now,
      askStore() {
        if (store) throw store;
      },
      leaseOf: async (name) => makeLease(name, specs[name]),
    }).handler(makeContext(method, path, { headers, warn: (text) => warnings.push(text) }));

  it('are well while they hold their leases and the store answers', async () => {
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
    const { body } = await ask('/api/v1/componentstatuses', new Error('no route'), { accept });
    const { columnDefinitions, rows } = await readJson<{
      columnDefinitions: readonly { name: string }[];
      rows: readonly { cells: readonly string[] }[];
    }>(body);
    assert.deepEqual(
      columnDefinitions.map(({ name }) => name),
      ['Name', 'Status', 'Message', 'Error'],
    );
    const late =
      'the lease kube-controller-manager was last renewed at 2026-01-01T00:00:40.000000Z';
    assert.deepEqual(
      rows.map(({ cells }) => cells),
      [
        ['controller-manager', 'Unhealthy', late, ''],
        ['scheduler', 'Healthy', 'ok', ''],
        ['etcd-0', 'Unhealthy', 'no route', ''],
      ],
    );
    assert.deepEqual([...new Set(warnings)], ['v1 ComponentStatus is deprecated in v1.19+']);
  });

  it('are as well as the server itself where all is one process', async () => {
    const { handler } = componentStatuses({ now: () => now, askStore: () => undefined });
    const { body } = await handler(makeContext('GET', '/api/v1/componentstatuses'));
    const { kind, items } = await readJson<{
      kind: string;
      items: readonly { conditions: readonly { status: string }[] }[];
    }>(body);
    assert.equal(kind, 'ComponentStatusList');
    assert.deepEqual(
      items.map(({ conditions }) => conditions[0]?.status),
      ['True', 'True', 'True'],
    );
  });

  it('are read one by one, and never written', async () => {
    const { body } = await ask('/api/v1/componentstatuses/etcd-0', undefined);
    assert.deepEqual(await readJson(body), {
      kind: 'ComponentStatus',
      apiVersion: 'v1',
      metadata: { name: 'etcd-0' },
      conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
    });
    await assert.rejects(
      ask('/api/v1/componentstatuses/none', undefined),
      /componentstatuses "none" not found/,
    );
    await assert.rejects(ask('/api/v1/componentstatuses/etcd-0', undefined, {}, 'DELETE'), {
      name: 'StatusError',
    });
  });
});
