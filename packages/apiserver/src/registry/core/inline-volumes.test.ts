import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { createBench } from '../testing/exchange.ts';
import { strategies } from '../index.ts';

describe('a volume that a CSI driver makes for one pod', () => {
  const path = '/api/v1/namespaces/default/pods';
  const bench = createBench(strategies);
  after(() => bench.registry.close());

  it('stays with the pod from its creation to its end', async () => {
    const csi = { driver: 'd.example.com', readOnly: true, volumeAttributes: { a: 'b' } };
    const body = {
      metadata: { name: 'a', labels: { inline: 'yes' } },
      spec: {
        containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
        volumes: [{ name: 'v', csi }],
      },
    };
    const made = await bench.call('POST', path, { body });
    assert.equal(made.status, 201, made.text);
    const labelled = `${path}?labelSelector=inline%3Dyes`;
    const { json } = await bench.call('GET', labelled);
    const [pod] = json.items as unknown as readonly Pod[];
    assert.deepEqual(pod?.spec.volumes?.[0], { name: 'v', csi });
    const patched = await bench.call('PATCH', `${path}/a`, {
      body: { metadata: { labels: { more: 'yes' } } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    const { spec } = patched.json as unknown as Pod;
    assert.deepEqual(spec.volumes?.[0]?.csi, csi);
    assert.equal((await bench.call('DELETE', labelled)).status, 200);
    assert.deepEqual((await bench.call('GET', labelled)).json.items, []);
  });

  it('needs a driver', async () => {
    const body = {
      metadata: { name: 'b' },
      spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', csi: {} }] },
    };
    const { status, json } = await bench.call('POST', path, { body });
    assert.equal(status, 422);
    assert.match(json.message, /spec\.volumes\[0\]\.csi\.driver: Required value/);
  });
});
