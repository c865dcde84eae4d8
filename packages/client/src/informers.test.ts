import assert from 'node:assert/strict';
import { configMaps } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { createInformerFactory } from './informers.ts';
import { createClient } from './rest-client.ts';

const configMap = (name: string, resourceVersion: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace: 'default',
    resourceVersion,
    labels: { app: name },
    managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:data': {} } }],
  },
  data: { a: resourceVersion },
});

const answer = (body: AsyncGenerator<Buffer>): ApiResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body,
});

describe('informers', () => {
  it('keep what is listed and what follows, without who manages which field', async () => {
    const list = {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '5' },
      items: [configMap('listed', '3'), configMap('doomed', '4')],
    };
    const changes = [
      { type: 'ADDED', object: configMap('added', '6') },
      { type: 'MODIFIED', object: configMap('listed', '7') },
      { type: 'DELETED', object: configMap('doomed', '8') },
    ];
    const stop = new AbortController();
    const client = createClient(
      async ({ path }, signal) =>
        answer(
          (async function* () {
            if (!path.includes('watch=')) {
              yield Buffer.from(JSON.stringify(list));
              return;
            }
            for (const change of changes) yield Buffer.from(`${JSON.stringify(change)}\n`);
            await new Promise((resolve) => signal?.addEventListener('abort', resolve));
          })(),
        ),
      { userAgent: 'test' },
    );
    const clock = createFakeClock();
    const informers = createInformerFactory({
      client,
      clock,
      random: () => 0,
      logger: silentLogger,
    });
    const { lister, addHandler, lastResourceVersion } = informers.informer(configMaps);
    const told: unknown[] = [];
    const hear = (...objects: object[]) => void told.push(...objects);
    const done = new Promise<void>((resolve) => {
      addHandler({
        added: hear,
        updated: hear,
        deleted(last) {
          hear(last);
          resolve();
        },
      });
    });
    const running = informers.run(stop.signal);
    await done;
    assert.deepEqual(
      lister.list().map(({ metadata }) => metadata),
      [
        { name: 'listed', namespace: 'default', resourceVersion: '7', labels: { app: 'listed' } },
        { name: 'added', namespace: 'default', resourceVersion: '6', labels: { app: 'added' } },
      ],
    );
    assert.deepEqual(lister.get('default/listed')?.data, { a: '7' });
    assert.equal(told.length, 6);
    assert.doesNotMatch(JSON.stringify(told), /managedFields/);
    assert.equal(lastResourceVersion(), '8');
    stop.abort();
    await running;
  });
});
