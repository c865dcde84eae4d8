import assert from 'node:assert/strict';
import { silentLogger, systemClock } from '@berth/component-base';
import fc from 'fast-check';
import { openEmbeddedStorage } from './embedded.ts';
import { ExpiredError } from './errors.ts';
import { createMemoryStorage } from './memory.ts';
import type { KeyValue, Revision, Storage, StorageEvent } from './storage.ts';
import { eventsUntil } from './testing/follow.ts';
import { createTempDirs } from './testing/temp-dir.ts';
import { createWatchCache } from './watch-cache.ts';

const keys = ['/r/a/1', '/r/a/2', '/r/a-/1', '/r/ab/1', '/r/b/1'];
const prefixes = ['/r/', '/r/a/', '/r/a', '/r/b/', '/r/none/'];

type Subject = Pick<Storage, 'get' | 'list' | 'create' | 'update' | 'remove' | 'compact'> & {
  events(prefix: string, from: Revision, until: Revision): Promise<readonly StorageEvent[]>;
};

type Step =
  | { readonly do: 'create' | 'remove'; readonly key: string; readonly stale: number }
  | { readonly do: 'update'; readonly key: string; readonly stale: number }
  | {
      readonly do: 'list';
      readonly prefix: string;
      readonly back: number;
      readonly limit: number;
      readonly startKey: string;
    }
  | { readonly do: 'watch'; readonly prefix: string; readonly back: number }
  | { readonly do: 'compact'; readonly back: number };

const key = fc.constantFrom(...keys);
const prefix = fc.constantFrom(...prefixes);
const stale = fc.constantFrom(0, 0, 0, 1);
const back = fc.nat(12);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), key, stale }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('update' as const), key, stale }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key, stale }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      prefix,
      back,
      limit: fc.nat(3),
      startKey: fc.constantFrom('', ...keys.map((each) => `${each}\0`)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), prefix, back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), back }) },
);

/** What a step did, as plain data. */
async function run(storage: Subject, step: Step, value: string): Promise<unknown> {
  const { revision } = await storage.get('/r/');
  const ago = (back: number) => Math.max(1, revision - back);
  switch (step.do) {
    case 'create':
      return plain(await storage.create(step.key, Buffer.from(value)));
    case 'update':
      return plain(
        await storage.update(step.key, Buffer.from(value), await expected(storage, step)),
      );
    case 'remove':
      return storage.remove(step.key, await expected(storage, step));
    case 'list': {
      const { prefix, limit, startKey } = step;
      const page = await storage.list(prefix, {
        ...(step.back > 0 && { revision: ago(step.back) }),
        ...(limit > 0 && { limit }),
        ...(startKey && { startKey }),
      });
      return { ...page, kvs: page.kvs.map(plain) };
    }
    case 'watch':
      return (await storage.events(step.prefix, ago(step.back), revision)).map(plainEvent);
    case 'compact':
      return storage.compact(ago(step.back));
  }
}

async function expected(storage: Subject, { key, stale }: { key: string; stale: number }) {
  const { kv } = await storage.get(key);
  return (kv?.modRevision ?? 1) - stale;
}
const plain = (kv: KeyValue | undefined) =>
  kv && `${kv.key}=${Buffer.from(kv.value).toString()}@${kv.modRevision}`;
const plainEvent = (event: StorageEvent) =>
  event.type === 'put'
    ? ['put', plain(event.kv), plain(event.prev)]
    : ['delete', event.key, event.revision, plain(event.prev)];

async function outcome(storage: Subject, step: Step, value: string): Promise<unknown> {
  try {
    return await run(storage, step, value);
  } catch (err) {
    if (err instanceof ExpiredError) return 'expired';
    throw err;
  }
}

const watchable = (storage: Storage): Subject => ({
  ...storage,
  events: (...asked) => eventsUntil(storage, ...asked),
});

/** The simplest thing that could be right: it remembers every event and replays them for each answer. */
function createModel(): Subject {
  const events: StorageEvent[] = [];
  let floor = 0;
  const newest = () => 1 + events.length;
  const stateAt = (revision: Revision) => {
    const state = new Map<string, KeyValue>();
    for (const event of events.slice(0, revision - 1))
      if (event.type === 'put') state.set(event.kv.key, event.kv);
      else state.delete(event.key);
    return state;
  };
  const mustKeep = (revision: Revision) => {
    if (revision < floor || revision > newest()) throw new ExpiredError('gone');
  };
  const put = (key: string, value: Uint8Array) => {
    const prev = stateAt(newest()).get(key);
    const kv = { key, value, modRevision: newest() + 1 };
    events.push({ type: 'put', kv, ...(prev && { prev }) });
    return kv;
  };
  return {
    async get(key) {
      const kv = stateAt(newest()).get(key);
      return { revision: newest(), ...(kv && { kv }) };
    },
    async list(prefix, { revision = newest(), limit = Infinity, startKey = '' } = {}) {
      mustKeep(revision);
      const all = [...stateAt(revision).values()]
        .filter(({ key }) => key.startsWith(prefix) && key >= startKey)
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      const remaining = Math.max(0, all.length - limit);
      return { revision, kvs: all.slice(0, limit), more: remaining > 0, remaining };
    },
    create: async (key, value) => (stateAt(newest()).has(key) ? undefined : put(key, value)),
    update: async (key, value, expected) =>
      stateAt(newest()).get(key)?.modRevision === expected ? put(key, value) : undefined,
    async remove(key, expected) {
      const prev = stateAt(newest()).get(key);
      if (prev?.modRevision !== expected) return undefined;
      events.push({ type: 'delete', key, revision: newest() + 1, prev });
      return newest();
    },
    async compact(revision) {
      floor = Math.max(floor, revision);
    },
    async events(prefix, from, until) {
      if (from >= until) return [];
      mustKeep(from);
      const touches = (event: StorageEvent) =>
        (event.type === 'put' ? event.kv.key : event.key).startsWith(prefix);
      return events.slice(from - 1, until - 1).filter(touches);
    },
  };
}

describe('memory, embedded and the watch cache', function () {
  this.timeout(60_000);
  const dirs = createTempDirs();
  after(() => dirs.removeAll());

  it('do the same, whatever is asked of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const model = createModel();
        const memory = createMemoryStorage();
        const under = createMemoryStorage();
        const embedded = await openEmbeddedStorage({ path: dirs.make(), clock: systemClock });
        const cache = createWatchCache({
          storage: under,
          prefix: '/r/',
          clock: systemClock,
          logger: silentLogger,
        });
        try {
          for (const [i, step] of steps.entries()) {
            const want = await outcome(model, step, `v${i}`);
            for (const storage of [memory, embedded, cache])
              assert.deepEqual(
                await outcome(watchable(storage), step, `v${i}`),
                want,
                JSON.stringify(step),
              );
          }
        } finally {
          await cache.close();
          await Promise.all([memory, under, embedded].map((storage) => storage.close()));
          dirs.removeAll();
        }
      }),
      { numRuns: 60 },
    );
  });
});
