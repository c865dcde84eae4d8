import assert from 'node:assert/strict';
import { UnavailableError, UnknownOutcomeError } from '@berth/storage';
import type { Storage } from '@berth/storage';
import { createTestStorage } from '@berth/storage/testing';
import { strategies } from './index.ts';
import { createBench } from './testing/exchange.ts';
import type { Bench } from './testing/exchange.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const body = { metadata: { name: 'a' }, data: { k: 'v' } };

/** A store whose next write is lost on the way there, or its answer on the way back. */
function createFaulty() {
  const storage = createTestStorage();
  const faults: ('lost' | 'unanswered' | 'unavailable')[] = [];
  const writes: string[] = [];
  const around =
    <A extends readonly unknown[], R>(name: string, write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      writes.push(name);
      const fault = faults.shift();
      if (fault === 'unavailable') throw new UnavailableError('gone');
      if (fault === 'unanswered') await write(...args);
      if (fault) throw new UnknownOutcomeError('who knows');
      return write(...args);
    };
  const faulty: Storage = {
    ...storage,
    create: around('create', (...write) => storage.create(...write)),
    update: around('update', (...write) => storage.update(...write)),
    remove: around('remove', (...write) => storage.remove(...write)),
  };
  return { storage: faulty, faults, writes };
}

describe('a store that fails', () => {
  let faulty: ReturnType<typeof createFaulty>;
  let bench: Bench;
  beforeEach(() => {
    faulty = createFaulty();
    bench = createBench(strategies, { storage: faulty.storage });
  });
  afterEach(() => bench.registry.close());

  it('is believed when a read shows that the write has happened', async () => {
    faulty.faults.push('unanswered');
    assert.equal((await bench.call('POST', maps, { body })).status, 201);
    const { json } = await bench.call('GET', `${maps}/a`);
    // After a list no write begins with what is no longer the newest, which would be an attempt more.
    await bench.call('GET', maps);
    faulty.faults.push('unanswered');
    const put = await bench.call('PUT', `${maps}/a`, { body: { ...json, data: { k: 'w' } } });
    assert.equal(put.status, 200);
    assert.deepEqual(put.json.data, { k: 'w' });
    await bench.call('GET', maps);
    faulty.faults.push('unanswered');
    assert.equal((await bench.call('DELETE', `${maps}/a`)).status, 200);
    assert.deepEqual(faulty.writes, ['create', 'update', 'remove']);
  });

  it('makes a timeout when nobody knows, and the write is not sent again', async () => {
    faulty.faults.push('lost');
    const { status, json } = await bench.call('POST', maps, { body });
    assert.equal(status, 504);
    assert.equal(json.reason, 'Timeout');
    assert.deepEqual(faulty.writes, ['create']);
    assert.equal((await bench.call('GET', `${maps}/a`)).status, 404);
  });

  it('is unavailable when it cannot be reached', async () => {
    faulty.faults.push('unavailable');
    const { status, json } = await bench.call('POST', maps, { body });
    assert.equal(status, 503);
    assert.equal(json.reason, 'ServiceUnavailable');
  });

  it('refuses what is too large for it', async () => {
    const large = { ...body, data: { k: 'x'.repeat(1_000_000), l: 'y'.repeat(700_000) } };
    const { status } = await bench.call('POST', maps, { body: large });
    assert.ok(status === 413 || status === 422, String(status));
  });
});
