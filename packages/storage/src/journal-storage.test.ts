import assert from 'node:assert/strict';
import { systemClock } from '@berth/component-base';
import { UnavailableError, UnknownOutcomeError } from './errors.ts';
import { createJournalStorage } from './journal-storage.ts';
import type { Journal, JournalHeader } from './journal.ts';
import { keyOfEvent, takeEvents } from './testing/follow.ts';

const bytes = (text: string) => Buffer.from(text);

type Settled = (error?: Error) => void;

/** A journal that settles its appends when it is told to, for better or worse. */
function createSlowJournal() {
  const kept = new Map<number, JournalHeader & { readonly value?: Uint8Array }>();
  const waiting: { readonly record: JournalHeader; readonly settled: Settled }[] = [];
  const journal: Journal = {
    revision: 1,
    compacted: 0,
    headers: (after = 0) => [...kept.values()].filter(({ revision }) => revision > after),
    read: (revision) => kept.get(revision)?.value ?? new Uint8Array(),
    mustTake: () => undefined,
    append: (record, settled) => void waiting.push({ record, settled }),
    compact: async () => undefined,
    close: async () => undefined,
  };
  const take = () => waiting.splice(0);
  return {
    journal,
    commit: () => {
      for (const { record, settled } of take()) {
        kept.set(record.revision, record);
        settled();
      }
    },
    /** The first `kept` records reach the disk, but nobody hears of it. */
    fail: (reached = 0) => {
      const all = take();
      for (const { record } of all.slice(0, reached)) kept.set(record.revision, record);
      for (const { settled } of all) settled(new Error('disk full'));
    },
  };
}

describe('a storage on a journal', () => {
  const open = () => {
    const slow = createSlowJournal();
    const { journal } = slow;
    const storage = createJournalStorage({ journal, clock: systemClock, historyEvents: 100 });
    return { ...slow, storage };
  };

  it('shows nothing that is not acknowledged yet', async () => {
    const { storage, commit } = open();
    const creating = storage.create('/a', bytes('one'));
    assert.deepEqual(await storage.get('/a'), { revision: 1 });
    assert.equal((await storage.list('/')).kvs.length, 0);
    commit();
    const a = await creating;
    const updating = storage.update('/a', bytes('two'), a!.modRevision);
    assert.equal((await storage.get('/a')).kv?.modRevision, a?.modRevision);
    assert.equal((await storage.list('/')).kvs[0]?.modRevision, a?.modRevision);
    commit();
    await updating;
    assert.equal((await storage.get('/a')).kv?.modRevision, a!.modRevision + 1);
  });

  it('says that someone was faster only once that is certain', async () => {
    const { storage, commit } = open();
    const creating = storage.create('/a', bytes('one'));
    let answer: unknown = 'none yet';
    const losing = storage.create('/a', bytes('two')).then((kv) => (answer = kv));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(answer, 'none yet');
    commit();
    await Promise.all([creating, losing]);
    assert.equal(answer, undefined);
  });

  it('is back at what the journal holds after a failure, and goes on', async () => {
    const { storage, commit, fail } = open();
    const first = storage.create('/a', bytes('one'));
    commit();
    const a = (await first)!;
    const failing = [
      storage.update('/a', bytes('two'), a.modRevision),
      storage.create('/b', bytes('one')),
      storage.create('/c', bytes('one')),
    ];
    const losing = storage.create('/b', bytes('two'));
    fail(1);
    for (const write of failing) await assert.rejects(write, UnknownOutcomeError);
    await assert.rejects(losing, UnavailableError);
    const { kvs, revision } = await storage.list('/');
    assert.deepEqual(
      kvs.map(({ key, modRevision }) => [key, modRevision]),
      [['/a', a.modRevision + 1]],
    );
    assert.equal(revision, a.modRevision + 1);
    const again = storage.create('/b', bytes('three'));
    commit();
    assert.equal((await again)?.modRevision, revision + 1);
    const events = await takeEvents(storage, '/', a.modRevision, 2);
    assert.deepEqual(events.map(keyOfEvent), ['/a', '/b']);
  });
});
