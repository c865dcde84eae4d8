import assert from 'node:assert/strict';
import { configMaps } from '@berth/api';
import { createTestStorage, makeLate } from '@berth/storage/testing';
import { strategies } from './index.ts';
import { createBench } from './testing/exchange.ts';

const path = '/api/v1/namespaces/default/configmaps';
const body = { metadata: { name: 'a' } };
const ref = { namespace: 'default', name: 'a' };

describe('what admission reads', () => {
  it('has what this server wrote, though the news of it are late', async () => {
    const storage = makeLate(createTestStorage());
    const bench = createBench(strategies, { storage });
    const { reads } = bench.registry;
    await reads.list(configMaps);
    await bench.call('POST', path, { body });
    const reading = Promise.all([reads.get(configMaps, ref), reads.list(configMaps, 'default')]);
    storage.hurry();
    const [one, all] = await reading;
    assert.equal(one?.metadata.name, 'a');
    assert.deepEqual(all, [one]);
    await bench.call('DELETE', `${path}/a`);
    assert.equal(await reads.get(configMaps, ref), undefined);
    assert.deepEqual(await reads.list(configMaps, 'default'), []);
    await bench.registry.close();
  });
});
