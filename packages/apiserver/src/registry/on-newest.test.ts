import assert from 'node:assert/strict';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { createWatchCache } from '@berth/storage';
import type { KeyValue, Storage, WatchCache } from '@berth/storage';
import { createTestStorage } from '@berth/storage/testing';
import { onNewest } from './on-newest.ts';
import type { Attempted } from './on-newest.ts';
import { createTurns } from './turns.ts';

const key = '/registry/configmaps/default/a';
const bytes = (text: string) => Buffer.from(text);
const text = ({ value }: KeyValue) => Buffer.from(value).toString();

describe('a write that builds on what is stored', () => {
  let backend: Storage;
  let storage: WatchCache;
  let attempts = 0;
  const clock = createFakeClock();
  const turns = createTurns<KeyValue>(clock, 1_000);
  const resource = () => ({ storage, turns });
  beforeEach(async () => {
    attempts = 0;
    backend = createTestStorage({ clock });
    storage = createWatchCache({
      storage: backend,
      prefix: '/registry/configmaps/',
      clock,
      logger: silentLogger,
    });
    await storage.listCached('/registry/configmaps/');
  });
  afterEach(async () => {
    await storage.close();
    await backend.close();
  });

  const increment = async (kv: KeyValue): Promise<Attempted<string> | undefined> => {
    attempts += 1;
    const next = String(Number(text(kv)) + 1);
    const wrote = await storage.update(key, bytes(next), kv.modRevision);
    return wrote && { result: next, wrote };
  };

  it('is attempted about as often as there are writers of one object', async () => {
    await backend.create(key, bytes('0'));
    const writers = 100;
    const results = await Promise.all(
      Array.from({ length: writers }, () => onNewest(resource(), key, increment)),
    );
    assert.equal(new Set(results).size, writers);
    assert.equal(text((await backend.get(key)).kv!), String(writers));
    assert.ok(attempts <= 3 * writers, `${attempts} attempts`);
  });

  it('finds nothing where nothing is, and what came and went meanwhile', async () => {
    assert.equal(await onNewest(resource(), key, increment), undefined);
    await backend.create(key, bytes('0'));
    assert.equal(await onNewest(resource(), key, increment), '1');
    const { kv } = await backend.get(key);
    await backend.remove(key, kv!.modRevision);
    assert.equal(await onNewest(resource(), key, increment), undefined);
  });

  for (const [name, verdict] of [
    ['refuses', () => Promise.reject(new Error('refused'))],
    ['leaves as it was', () => Promise.resolve({ result: 'old', wrote: 'nothing' as const })],
  ] as const)
    it(`looks at the newest before it ${name} what is not`, async () => {
      const created = (await backend.create(key, bytes('old')))!;
      await storage.waitFor(created.modRevision, AbortSignal.timeout(5_000));
      // The cache is told of it later than the attempt is made.
      const seen: string[] = [];
      const updated = backend.update(key, bytes('new'), created.modRevision);
      const result = await onNewest(resource(), key, async (kv) => {
        await updated;
        seen.push(text(kv));
        return text(kv) === 'old' ? verdict() : { result: text(kv), wrote: 'nothing' };
      });
      assert.equal(result, 'new');
      assert.deepEqual(seen, ['old', 'new']);
    });
});
