import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { openEmbeddedStorage } from './embedded.ts';
import type { EmbeddedOptions } from './embedded.ts';
import { ExpiredError } from './errors.ts';
import type { Storage } from './storage.ts';
import { describeStorage } from './testing/contract.ts';
import { keyOfEvent, revisionOfEvent, takeEvents } from './testing/follow.ts';
import { createTempDirs } from './testing/temp-dir.ts';

const dirs = createTempDirs();
const bytes = (text: string) => Buffer.from(text);

describeStorage('embedded', ({ history }) =>
  openEmbeddedStorage({
    path: dirs.make(),
    clock: systemClock,
    ...(history !== undefined && { historyEvents: history }),
  }),
);

describe('the embedded storage', function () {
  this.timeout(30_000);
  let path: string;
  let storage: Storage;
  const open = async (options: Partial<EmbeddedOptions> = {}) =>
    (storage = await openEmbeddedStorage({ path, clock: systemClock, ...options }));
  const reopen = async (options: Partial<EmbeddedOptions> = {}) => {
    await storage.close();
    return open(options);
  };
  beforeEach(async () => {
    path = dirs.make();
    await open();
  });
  afterEach(() => storage.close());
  after(() => dirs.removeAll());

  const create = async (name: string, value = name) =>
    (await storage.create(`/registry/pods/default/${name}`, bytes(value)))!;

  it('is there again after a restart, with its history', async () => {
    const a = await create('a');
    const b = await create('b');
    const a2 = await storage.update(a.key, bytes('two'), a.modRevision);
    const gone = await storage.remove(b.key, b.modRevision);
    await reopen();
    const { kvs, revision } = await storage.list('/registry/');
    assert.deepEqual(
      kvs.map(({ key, modRevision }) => [key, modRevision]),
      [[a.key, a2?.modRevision]],
    );
    assert.equal(revision, gone);
    const events = await takeEvents(storage, '/registry/', a.modRevision, 3);
    assert.deepEqual(events.map(revisionOfEvent), [b.modRevision, a2?.modRevision, gone]);
    assert.equal(Buffer.from(events[1]!.prev!.value).toString(), 'a');
    const older = await storage.list('/registry/', { revision: b.modRevision });
    assert.equal(older.kvs.length, 2);
    assert.equal((await create('c')).modRevision, gone! + 1);
  });

  it('refuses watches from before its history after a restart too', async () => {
    const a = await create('a');
    const b = await create('b');
    await storage.compact(b.modRevision);
    await reopen();
    const isExpired = (err: unknown) => err instanceof ExpiredError && err.oldest === b.modRevision;
    await assert.rejects(takeEvents(storage, '/registry/', a.modRevision, 1), isExpired);
    const ahead = takeEvents(storage, '/registry/', b.modRevision + 1, 1);
    await assert.rejects(ahead, ExpiredError);
    const c = await create('c');
    const events = await takeEvents(storage, '/registry/', b.modRevision, 1);
    assert.deepEqual(events.map(keyOfEvent), [c.key]);
  });

  it('never goes back, though the last thing it knew was a removal that is forgotten', async () => {
    const a = await create('a');
    const gone = await storage.remove(a.key, a.modRevision);
    await storage.compact(gone!);
    await reopen();
    assert.equal((await storage.get(a.key)).revision, gone);
    assert.equal((await create('b')).modRevision, gone! + 1);
  });

  it('drops, every few minutes, what was history the time before', async () => {
    const clock = createFakeClock();
    await reopen({ clock, compactEveryMs: 300_000 });
    const a = await create('a');
    await clock.advance(300_000);
    const b = await storage.update(a.key, bytes('two'), a.modRevision);
    await takeEvents(storage, '/registry/', a.modRevision - 1, 2);
    await clock.advance(300_000);
    await assert.rejects(takeEvents(storage, '/registry/', a.modRevision - 1, 1), ExpiredError);
    const events = await takeEvents(storage, '/registry/', a.modRevision, 1);
    assert.equal(revisionOfEvent(events[0]!), b?.modRevision);
    await clock.advance(300_000);
    await assert.rejects(takeEvents(storage, '/registry/', a.modRevision, 1), ExpiredError);
    await reopen();
    const { kvs } = await storage.list('/registry/');
    assert.deepEqual(
      kvs.map(({ value }) => Buffer.from(value).toString()),
      ['two'],
    );
  });

  it('keeps history within its bound, on the disk as well', async () => {
    await reopen({ historyEvents: 100 });
    const first = await create('a');
    let last = first;
    for (let i = 0; i < 500; i += 1)
      last = (await storage.update(last.key, bytes(String(i)), last.modRevision))!;
    await reopen();
    const held = await takeEvents(storage, '/registry/', last.modRevision - 100, 100);
    assert.equal(held.length, 100);
    await assert.rejects(
      takeEvents(storage, '/registry/', last.modRevision - 200, 1),
      ExpiredError,
    );
  });

  it('lets keys vanish whose time came while it was closed', async () => {
    const mortal = await storage.create('/registry/events/default/a', bytes('x'), 1);
    await storage.create('/registry/events/default/b', bytes('x'), 3_600);
    const later = { ...systemClock, now: () => systemClock.now() + 60_000 };
    await reopen({ clock: later });
    const [event] = await takeEvents(storage, '/registry/events/', mortal!.modRevision + 1, 1);
    assert.equal(event?.type, 'delete');
    assert.equal((await storage.list('/registry/events/')).kvs.length, 1);
  });

  it('belongs to one opener at a time, in this process and in others', async () => {
    await assert.rejects(openEmbeddedStorage({ path, clock: systemClock }), /in use by another/);
    const other = startWriter(path);
    assert.match(await other.failed, /in use by another/);
    await reopen();
  });

  it('has every acknowledged write after kill -9', async () => {
    await storage.close();
    const known = new Map<string, number>();
    for (let round = 0; round < 3; round += 1) {
      const writer = startWriter(path);
      await writer.atLeast(400);
      writer.kill();
      await writer.gone;
      assert.ok(writer.acknowledged.length >= 400);
      for (const [key, revision] of writer.acknowledged) known.set(key, revision);
      await open();
      const { kvs, revision } = await storage.list('/registry/');
      const held = new Map(kvs.map((kv) => [kv.key, kv]));
      for (const [key, modRevision] of known) {
        const kv = held.get(key);
        assert.ok(kv && kv.modRevision >= modRevision, `${key}@${modRevision} is lost`);
        assert.ok(kv.value.byteLength > 500);
      }
      assert.ok(revision >= Math.max(...known.values()));
      // Whatever was not acknowledged is there wholly or not at all.
      const revisions = kvs.map(({ modRevision }) => modRevision);
      assert.equal(new Set(revisions).size, revisions.length);
      await storage.close();
    }
    await open();
  });

  it('does not keep a directory that it cannot read', async () => {
    await storage.close();
    path = dirs.make();
    writeFileSync(`${path}/data.mdb`, Buffer.alloc(8_192, 'no database'));
    await assert.rejects(openEmbeddedStorage({ path, clock: systemClock }));
    rmSync(`${path}/data.mdb`);
    await open();
    assert.equal((await storage.list('/registry/')).kvs.length, 0);
  });
});

/** A process that writes to the storage until it is killed, and tells what was acknowledged. */
function startWriter(path: string) {
  const child = fork(fileURLToPath(new URL('./testing/writer.js', import.meta.url)), [path], {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const acknowledged: (readonly [string, number])[] = [];
  let errors = '';
  let rest = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [key, revision] = line.split(' ');
      acknowledged.push([key!, Number(revision)]);
    }
  });
  const gone = once(child, 'close');
  return {
    acknowledged,
    gone,
    failed: gone.then(() => errors),
    kill: () => child.kill('SIGKILL'),
    async atLeast(count: number) {
      const deadline = Date.now() + 20_000;
      while (acknowledged.length < count) {
        if (Date.now() > deadline || child.exitCode !== null) throw new Error(errors || 'too slow');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
