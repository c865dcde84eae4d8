import assert from 'node:assert/strict';
import { silentLogger, systemClock } from '@berth/component-base';
import { createCa, issueClient, issueServer } from '@berth/component-base/pki';
import { createFakeClock } from '@berth/component-base/testing';
import { ExpiredError, UnavailableError, UnknownOutcomeError } from './errors.ts';
import { openEtcdStorage } from './etcd.ts';
import type { EtcdOptions } from './etcd.ts';
import type { Storage } from './storage.ts';
import { describeStorage } from './testing/contract.ts';
import { etcdUnavailable, startEtcd } from './testing/etcd-server.ts';
import type { EtcdServer } from './testing/etcd-server.ts';
import { keyOfEvent, revisionOfEvent, takeEvents } from './testing/follow.ts';
import { startProxy } from './testing/tcp-proxy.ts';
import type { TcpProxy } from './testing/tcp-proxy.ts';
import { createWatchCache } from './watch-cache.ts';

let server: EtcdServer;
let opened = 0;
const unavailable = { unavailable: etcdUnavailable };
const bytes = (text: string) => Buffer.from(text);

const open = (options: Partial<EtcdOptions> = {}) =>
  openEtcdStorage({
    servers: [server.url],
    prefix: `/test-${(opened += 1)}`,
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });

describe('etcd', function () {
  this.timeout(60_000);

  before(async function () {
    if (etcdUnavailable() !== undefined) this.skip();
    server = await startEtcd();
  });
  after(async () => {
    if (etcdUnavailable() === undefined) await server.stop();
  });

  describeStorage('etcd', open, unavailable);

  describeStorage(
    'a watch cache on etcd',
    async ({ history }) => {
      const storage = await open();
      const cache = createWatchCache({
        storage,
        prefix: '/registry/',
        clock: systemClock,
        logger: silentLogger,
        ...(history !== undefined && { windowEvents: history }),
      });
      // Its watch must run before a test may compact what it has yet to see.
      await cache.listCached('/registry/');
      const kv = await storage.create('/elsewhere', bytes('x'));
      await cache.waitFor(kv!.modRevision, AbortSignal.timeout(10_000));
      const close = async () => {
        await cache.close();
        await storage.close();
      };
      return { ...cache, close };
    },
    unavailable,
  );

  describe('a connection that breaks', () => {
    let proxy: TcpProxy;
    let storage: Storage;
    let direct: Storage;
    beforeEach(async () => {
      proxy = await startProxy(server.port);
      const prefix = `/test-${(opened += 1)}`;
      storage = await open({ servers: [proxy.url], prefix, giveUpAfterMs: 1_000 });
      direct = await open({ prefix });
    });
    afterEach(async () => {
      await storage.close();
      await direct.close();
      await proxy.close();
    });

    it('while a watch catches up loses nothing and gives nothing twice', async () => {
      const { revision } = await direct.get('/x');
      const written: number[] = [];
      for (let i = 0; i < 300; i += 1) {
        const kv = await direct.create(`/registry/pods/${i}`, Buffer.alloc(8_192, i % 256));
        written.push(kv!.modRevision);
      }
      const stop = new AbortController();
      const seen: number[] = [];
      proxy.cutAfter(900_000);
      for await (const item of storage.watch('/registry/', revision, stop.signal)) {
        if (item.kind !== 'event') continue;
        seen.push(revisionOfEvent(item.event));
        if (seen.length === 300) break;
      }
      assert.deepEqual(seen, written);
      assert.equal(proxy.cuts(), 1);
    });

    it('over and over under a running watch loses nothing and gives nothing twice', async () => {
      const { revision } = await direct.get('/x');
      const watching = takeEvents(storage, '/registry/', revision, 300);
      const written: number[] = [];
      for (let i = 0; i < 300; i += 1) {
        if (i % 50 === 25) proxy.cut();
        const kv = await direct.create(`/registry/pods/${i}`, bytes('x'));
        written.push(kv!.modRevision);
      }
      assert.deepEqual((await watching).map(revisionOfEvent), written);
    });

    it('before the answer leaves a write open, and it is not sent again', async () => {
      for (let i = 0; i < 10; i += 1) {
        const { revision } = await storage.get('/registry/pods/a');
        proxy.cutAfter(1);
        const write = storage.create(`/registry/pods/${i}`, bytes('x'));
        await assert.rejects(write, UnknownOutcomeError);
        const { kv, revision: now } = await direct.get(`/registry/pods/${i}`);
        assert.ok(now === revision || (now === revision + 1 && kv?.modRevision === now));
        await eventually(() => storage.ping());
      }
    });

    it('tells the watchers when it stays broken', async () => {
      const { revision } = await storage.get('/x');
      const watching = takeEvents(storage, '/registry/', revision, 2);
      const toldOff = assert.rejects(watching, UnavailableError);
      const first = takeEvents(storage, '/registry/', revision, 1);
      await storage.create('/registry/a', bytes('x'));
      await first;
      await proxy.close();
      await toldOff;
      await assert.rejects(storage.get('/x'), UnavailableError);
      await assert.rejects(storage.create('/x', bytes('x')), UnavailableError);
    });
  });

  it('heals after kill -9 of the server: acknowledged writes are there, watches go on', async () => {
    const storage = await open();
    const cache = createWatchCache({
      storage,
      prefix: '/registry/',
      clock: systemClock,
      logger: silentLogger,
    });
    const { revision } = await cache.list('/registry/');
    const watching = [storage, cache].map((each) => takeEvents(each, '/registry/', revision, 20));
    const written: number[] = [];
    const write = async (i: number) => {
      const kv = await storage.create(`/registry/pods/${i}`, bytes('x'));
      written.push(kv!.modRevision);
    };
    for (let i = 0; i < 10; i += 1) await write(i);
    await server.kill();
    await assert.rejects(storage.ping(), UnavailableError);
    await assert.rejects(storage.create('/registry/pods/never', bytes('x')), UnavailableError);
    await server.start();
    await eventually(() => storage.ping());
    for (let i = 10; i < 20; i += 1) await write(i);
    for (const events of await Promise.all(watching))
      assert.deepEqual(events.map(revisionOfEvent), written);
    assert.equal((await cache.list('/registry/')).kvs.length, 20);
    await cache.close();
    await storage.close();
  });

  it('is spoken to over TLS, with certificates of both sides', async () => {
    const now = Date.now();
    const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
    const ca = await createCa('ca', validity);
    const itself = await issueServer(ca, 'etcd', ['127.0.0.1'], validity);
    const client = await issueClient(ca, { commonName: 'apiserver' }, validity);
    const secure = await startEtcd({ ca: ca.certPem, cert: itself.certPem, key: itself.keyPem });
    const tls = {
      ca: Buffer.from(ca.certPem),
      cert: Buffer.from(client.certPem),
      key: Buffer.from(client.keyPem),
    };
    const storage = await open({ servers: [secure.url], tls });
    const { revision } = await storage.get('/registry/a');
    const watching = takeEvents(storage, '/registry/', revision, 20);
    const values = Array.from({ length: 20 }, (_, i) => Buffer.alloc(i * 25_000, i));
    await Promise.all(values.map((value, i) => storage.create(`/registry/${i}`, value)));
    for (const [i, value] of values.entries()) {
      const { kv } = await storage.get(`/registry/${i}`);
      assert.ok(value.equals(kv!.value));
    }
    assert.equal((await watching).length, 20);
    await storage.compact((await storage.get('/registry/a')).revision);
    await assert.rejects(takeEvents(storage, '/registry/', revision, 1), ExpiredError);
    await assert.rejects(storage.list('/registry/', { revision }), ExpiredError);
    await storage.close();
    const stranger = await open({ servers: [secure.url], tls: { ca: tls.ca } });
    await assert.rejects(stranger.get('/registry/a'), UnavailableError);
    await stranger.close();
    await secure.stop();
  });

  it('keeps the keys of others out of sight', async () => {
    const one = await open();
    const other = await open();
    const { revision } = await one.get('/registry/a');
    const watching = takeEvents(one, '/registry/', revision, 1);
    await other.create('/registry/a', bytes('other'));
    const kv = await one.create('/registry/b', bytes('one'));
    const [event] = await watching;
    assert.equal(keyOfEvent(event!), '/registry/b');
    assert.equal(revisionOfEvent(event!), kv!.modRevision);
    assert.equal((await one.list('')).kvs.length, 1);
    await one.close();
    await other.close();
  });

  it('serves a watch from before the stream that it shares', async () => {
    const storage = await open({ history: 10 });
    const { revision } = await storage.get('/a');
    for (let i = 0; i < 30; i += 1) await storage.create(`/registry/${i}`, bytes('x'));
    const { revision: now } = await storage.get('/a');
    const late = takeEvents(storage, '/registry/', now, 1);
    assert.equal((await takeEvents(storage, '/registry/', revision + 20, 10)).length, 10);
    await storage.create('/registry/last', bytes('x'));
    assert.equal((await late).length, 1);
    await storage.close();
  });

  it('is compacted every few minutes to where it was the time before, by one of several', async () => {
    const clocks = [createFakeClock(systemClock.now()), createFakeClock(systemClock.now())];
    const prefix = `/test-${(opened += 1)}`;
    const servers = [];
    for (const clock of clocks)
      servers.push(await open({ clock, prefix, compactEveryMs: 300_000, timeoutMs: 3_600_000 }));
    const storage = servers[0]!;
    const { revision } = await storage.get('/a');
    const isKept = () =>
      storage.list('/registry/', { revision }).then(
        () => true,
        () => false,
      );
    for (let round = 0; round < 4 && (await isKept()); round += 1) {
      for (const clock of clocks) await clock.advance(300_000);
      await eventually(async () => {
        const { kv } = await storage.get('/never');
        assert.equal(kv, undefined);
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(await isKept(), false);
    for (const each of servers) await each.close();
  });
});

/** Resolves once `check` does, within 10 s. */
async function eventually(check: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;)
    try {
      await check();
      return;
    } catch (err) {
      if (Date.now() > deadline) throw err;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
}
