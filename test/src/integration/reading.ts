import assert from 'node:assert/strict';
import type { Status } from '@berth/api';
import { startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';
import type { Storage } from '@berth/storage';
import { eventually } from '../eventually.ts';

interface Meta {
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

interface Item {
  readonly kind: string;
  readonly metadata: Meta;
  readonly data?: Readonly<Record<string, string>>;
}

interface List extends Item {
  readonly items: readonly Item[];
}

interface Told {
  readonly type: string;
  readonly object: Item & Partial<Status>;
}

const maps = '/api/v1/namespaces/a/configmaps';
const everywhere = '/api/v1/configmaps';
const initialEventsEnd = 'k8s.io/initial-events-end';

/** What lists and watches promise whoever keeps a copy, on any storage: upstream's storage topics, seen by a client. */
export function describeReading(on: string, open: () => Promise<Storage>): void {
  describe(`reading from ${on}`, function () {
    this.timeout(20_000);
    let storage: Storage;
    let api: TestServer;

    beforeEach(async () => {
      storage = await open();
      api = await startApiServer({ storage });
      for (const name of ['a', 'b'])
        await write('POST', '/api/v1/namespaces', { metadata: { name } });
    });
    /** Another server on the same storage, which lives faster. */
    async function restart(): Promise<FakeClock> {
      await api.close();
      const clock = createFakeClock();
      api = await startApiServer({ storage, clock });
      return clock;
    }
    async function pass(clock: FakeClock, ms: number): Promise<void> {
      await clock.advance(ms);
      await list('', everywhere);
    }
    afterEach(async () => {
      await api.close();
      await storage.close();
    });

    async function call<T = Item>(method: string, path: string, body?: object, type?: string) {
      const headers = { 'content-type': type ?? 'application/json' };
      const sent = body && { body: Buffer.from(JSON.stringify(body)) };
      const response = await api.transport({ method, path, headers, ...sent });
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      return { code: response.status, body: JSON.parse(Buffer.concat(chunks).toString()) as T };
    }
    async function write(method: string, path: string, body?: object, type?: string) {
      const { code, body: written } = await call(method, path, body, type);
      assert.ok(code < 300, JSON.stringify(written));
      return written;
    }
    const create = (name: string, labels?: object, path = maps) =>
      write('POST', path, { metadata: { name, labels }, data: { of: name } });
    const label = (name: string, labels: object) =>
      write('PATCH', `${maps}/${name}`, { metadata: { labels } }, 'application/merge-patch+json');
    const remove = (name: string) => write('DELETE', `${maps}/${name}`);
    async function list(query = '', path = maps): Promise<List> {
      const { code, body } = await call<List>('GET', `${path}?${query}`);
      assert.equal(code, 200, JSON.stringify(body));
      return body;
    }
    async function refused(query: string): Promise<Status> {
      const { code, body } = await call<Status>('GET', `${maps}?${query}`);
      assert.equal(code, body.code, JSON.stringify(body));
      return body;
    }
    const namesOf = ({ items }: List) => items.map(({ metadata }) => metadata.name);
    const versionOf = ({ metadata }: Item) => metadata.resourceVersion;

    /** Reads on in the background until it is stopped. */
    async function watch(query: string, path = maps) {
      const stop = new AbortController();
      const told: Told[] = [];
      const request = { method: 'GET', path: `${path}?watch=true&${query}`, headers: {} };
      const response = await api.transport(request, stop.signal);
      const read = async () => {
        for await (const chunk of response.body)
          for (const line of Buffer.from(chunk).toString().trim().split('\n'))
            told.push(JSON.parse(line) as Told);
      };
      const ended = read().catch((err: unknown) => {
        if (!stop.signal.aborted) throw err;
      });
      const names = () => told.map(({ type, object }) => `${type} ${object.metadata.name}`);
      return {
        told,
        names,
        ended,
        async saw(...expected: readonly string[]) {
          await eventually(() => told.length >= expected.length);
          assert.deepEqual(names(), expected);
        },
        async stop() {
          stop.abort();
          await ended;
        },
      };
    }

    describe('a list in pages', () => {
      const size = 40;
      const name = (i: number) => `map-${String(i).padStart(4, '0')}`;
      beforeEach(async () => {
        const indexes = Array.from({ length: size }, (_, i) => i).values();
        const writer = async () => {
          for (const i of indexes) await create(name(i), { rare: String(i % 20 === 19) });
        };
        await Promise.all(Array.from({ length: 8 }, writer));
      });

      it('has each object once, in order, at one version, and says how many are left', async () => {
        for (const limit of [1, 7, 13, size - 1]) {
          let found = 0;
          let version: string | undefined;
          for (let next: string | undefined = ''; next !== undefined;) {
            const page: List = await list(`limit=${limit}&continue=${next}`);
            version ??= versionOf(page);
            assert.equal(versionOf(page), version);
            for (const item of namesOf(page)) assert.equal(item, name(found++));
            const { continue: token, remainingItemCount: left } = page.metadata;
            assert.equal(left, token === undefined ? undefined : size - found);
            next = token;
            if (found === limit) await create(`later-${limit}`);
          }
          assert.equal(found, size);
          await remove(`later-${limit}`);
        }
        assert.equal(namesOf(await list(`limit=${size + 1}`)).length, size);
      });

      it('finds what is rare without counting what is left', async () => {
        const first = await list('limit=1&labelSelector=rare%3Dtrue');
        assert.deepEqual(namesOf(first), [name(19)]);
        assert.equal(first.metadata.remainingItemCount, undefined);
        const rest = await list(
          `limit=5&labelSelector=rare%3Dtrue&continue=${first.metadata.continue}`,
        );
        assert.deepEqual(namesOf(rest), [name(39)]);
        assert.equal(rest.metadata.continue, undefined);
        assert.equal(versionOf(rest), versionOf(first));
      });

      it('goes on after its state was compacted, with the token of the refusal', async () => {
        const clock = await restart();
        const first = await list('limit=10');
        const next = `limit=10&continue=${first.metadata.continue}`;
        await create('newer');
        for (let minute = 0; minute < 7; minute++) {
          // Nothing changes where it is read, but elsewhere.
          await create(`other-${minute}`, {}, '/api/v1/namespaces/b/configmaps');
          await pass(clock, 60_000);
        }
        assert.equal((await list(next)).items.length, 10, 'the storage still knows');
        await storage.compact((await storage.get('/registry/none')).revision - 1);
        const gone = await refused(next);
        assert.deepEqual([gone.code, gone.reason], [410, 'Expired']);
        const token = gone.metadata?.continue;
        assert.ok(token);
        const second = await list(`limit=10&continue=${token}`);
        assert.equal(namesOf(second)[0], name(10));
        assert.notEqual(versionOf(second), versionOf(first));
        assert.equal(second.metadata.remainingItemCount, size + 1 - 20);
        const last = await list(`continue=${second.metadata.continue}`);
        assert.deepEqual(namesOf(last).slice(-2), [name(size - 1), 'newer']);
        assert.equal(versionOf(last), versionOf(second));
      });
    });

    describe('a list', () => {
      it('shows what was written before it was asked for', async () => {
        for (let i = 0; i < 20; i++) {
          const made = await create(`one-${i}`);
          const listed = await list();
          assert.equal(listed.items.length, i + 1);
          assert.ok(Number(versionOf(listed)) >= Number(versionOf(made)));
        }
      });

      it('shows the state that is meant', async () => {
        const one = await create('one');
        const two = await create('two');
        const three = await create('three');
        await remove('one');
        const at = (query: string) => list(query).then(namesOf);
        const exactly = `resourceVersionMatch=Exact&resourceVersion=${versionOf(two)}`;
        assert.deepEqual(await at(exactly), ['one', 'two']);
        assert.equal(versionOf(await list(exactly)), versionOf(two));
        const atLeast = `resourceVersion=${versionOf(three)}`;
        assert.deepEqual(await at(atLeast), ['three', 'two']);
        assert.deepEqual(await at(`${atLeast}&resourceVersionMatch=NotOlderThan`), [
          'three',
          'two',
        ]);
        assert.deepEqual(await at('resourceVersion=0'), ['three', 'two']);
        assert.deepEqual(await at(`${exactly}&limit=1`), ['one']);
        const clock = await restart();
        await list();
        for (let minute = 0; minute < 10; minute++) {
          await pass(clock, 60_000);
          await create(`later-${minute}`);
        }
        await storage.compact(Number(versionOf(three)) + 3);
        const old = await refused(`resourceVersionMatch=Exact&resourceVersion=${versionOf(one)}`);
        assert.deepEqual([old.code, old.reason], [410, 'Expired']);
      });

      it('keeps to its namespace, its names and its labels', async () => {
        await create('one', { a: 'x' });
        await create('two', { a: 'y' });
        await create('one', { a: 'x' }, '/api/v1/namespaces/b/configmaps');
        assert.deepEqual(namesOf(await list()), ['one', 'two']);
        const all = (query: string) => list(query, everywhere).then(namesOf);
        assert.deepEqual(await all('labelSelector=a'), ['one', 'two', 'one']);
        assert.deepEqual(await all('labelSelector=a%3Dx'), ['one', 'one']);
        assert.deepEqual(await all('fieldSelector=metadata.name%3Dtwo'), ['two']);
        assert.deepEqual(await all('fieldSelector=metadata.namespace%3Db'), ['one']);
      });
    });

    describe('a watch', () => {
      it('begins with what is there, unless it begins at a version', async () => {
        await create('one');
        const two = await create('two');
        const fresh = await watch('');
        const any = await watch('resourceVersion=0');
        const later = await watch(`resourceVersion=${versionOf(two)}`);
        await eventually(() => fresh.told.length === 2 && any.told.length === 2);
        await create('three');
        await fresh.saw('ADDED one', 'ADDED two', 'ADDED three');
        await any.saw('ADDED one', 'ADDED two', 'ADDED three');
        await later.saw('ADDED three');
        await Promise.all([fresh, any, later].map((one) => one.stop()));
      });

      it('goes on where another one stopped, and misses nothing', async () => {
        const start = versionOf(await list());
        const first = await watch(`resourceVersion=${start}`);
        await create('one');
        await label('one', { a: '1' });
        await first.saw('ADDED one', 'MODIFIED one');
        await first.stop();
        await label('one', { a: '2' });
        await remove('one');
        const last = versionOf(first.told[1]!.object);
        const second = await watch(`resourceVersion=${last}`);
        await second.saw('MODIFIED one', 'DELETED one');
        assert.equal(second.told[0]?.object.metadata.labels?.['a'], '2');
        await second.stop();
      });

      it('tells a removal with its own version and the object as it was last', async () => {
        const one = await create('one', { a: '1' });
        const watching = await watch(`resourceVersion=${versionOf(one)}`);
        await remove('one');
        await watching.saw('DELETED one');
        const { object } = watching.told[0]!;
        assert.ok(Number(versionOf(object)) > Number(versionOf(one)));
        assert.deepEqual(object.data, { of: 'one' });
        // Others write to the same store.
        assert.ok(Number(versionOf(await list())) >= Number(versionOf(object)));
        await watching.stop();
      });

      it('sees objects come and go with what it selects', async () => {
        const start = versionOf(await list());
        const watching = await watch(`labelSelector=a%3D1&resourceVersion=${start}`);
        await create('one', { a: '1' });
        await label('one', { a: '2' });
        await label('one', { b: '1' });
        await label('one', { a: '1' });
        await remove('one');
        await watching.saw('ADDED one', 'DELETED one', 'ADDED one', 'DELETED one');
        const versions = watching.told.map(({ object }) => Number(versionOf(object)));
        assert.deepEqual(
          versions,
          [...versions].sort((a, b) => a - b),
        );
        await watching.stop();
      });

      it('keeps to its namespace and its name', async () => {
        const start = versionOf(await list());
        const [one, here, all] = await Promise.all([
          watch(`resourceVersion=${start}&fieldSelector=metadata.name%3Done`),
          watch(`resourceVersion=${start}`),
          watch(`resourceVersion=${start}`, everywhere),
        ]);
        await create('one');
        await create('one-more');
        await create('one', {}, '/api/v1/namespaces/b/configmaps');
        await all.saw('ADDED one', 'ADDED one-more', 'ADDED one');
        await here.saw('ADDED one', 'ADDED one-more');
        await one.saw('ADDED one');
        await Promise.all([one, here, all].map((each) => each.stop()));
      });

      it('tells all watchers the same in the same order, wherever they began', async () => {
        let version = versionOf(await list());
        const watches: Awaited<ReturnType<typeof watch>>[] = [];
        const history: string[] = [];
        for (let round = 0; round < 10; round++) {
          watches.push(await watch(`resourceVersion=${version}`));
          const names = Array.from({ length: 5 }, (_, i) => `r${round}-${i}`);
          await Promise.all(names.map((name) => create(name)));
          await Promise.all(names.slice(2).map((name) => remove(name)));
          version = versionOf(await list());
        }
        await eventually(() => watches[0]!.told.length === 80);
        for (const { object } of watches[0]!.told) history.push(versionOf(object));
        for (const [round, { told }] of watches.entries()) {
          await eventually(() => told.length === 80 - round * 8);
          const seen = told.map(({ object }) => versionOf(object));
          assert.deepEqual(seen, history.slice(round * 8));
        }
        await Promise.all(watches.map((each) => each.stop()));
      });

      it('streams a list, marks its end, and can be resumed from the mark', async () => {
        const streaming =
          'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
        const empty = await watch(streaming);
        await eventually(() => empty.told.length === 1);
        const mark = empty.told[0]!;
        assert.equal(mark.type, 'BOOKMARK');
        assert.equal(mark.object.kind, 'ConfigMap');
        assert.equal(mark.object.metadata.annotations?.[initialEventsEnd], 'true');
        const one = await create('one');
        const two = await create('two');
        const full = await watch(`${streaming}&resourceVersion=${versionOf(two)}`);
        await eventually(() => full.told.length === 3);
        const [first, second, end] = full.told;
        assert.deepEqual([first, second].map((told) => told?.object.metadata.name).sort(), [
          'one',
          'two',
        ]);
        assert.equal(end?.object.metadata.annotations?.[initialEventsEnd], 'true');
        assert.ok(Number(versionOf(end.object)) >= Number(versionOf(two)));
        const resumed = await watch(`resourceVersion=${versionOf(mark.object)}`);
        await resumed.saw('ADDED one', 'ADDED two');
        assert.equal(versionOf(resumed.told[0]!.object), versionOf(one));
        await Promise.all([empty, full, resumed].map((each) => each.stop()));
      });

      it('is refused when what it asks for is gone, by its first event', async () => {
        const one = await create('one');
        await label('one', { a: '1' });
        const two = await create('two');
        await api.close();
        await storage.compact(Number(versionOf(two)));
        api = await startApiServer({ storage });
        const watching = await watch(`resourceVersion=${versionOf(one)}`);
        await watching.ended;
        assert.deepEqual(
          watching.told.map(({ type, object }) => [type, object.code, object.reason]),
          [['ERROR', 410, 'Expired']],
        );
      });

      it('ends when its time is up', async () => {
        const watching = await watch('timeoutSeconds=1');
        await watching.ended;
        assert.deepEqual(watching.told, []);
      });
    });

    it('removes only the object that is meant', async () => {
      const one = await create('one');
      const newer = await label('one', { a: '1' });
      const removal = (preconditions: object) =>
        call<Status>('DELETE', `${maps}/one`, { preconditions });
      const stale = await removal({ resourceVersion: versionOf(one) });
      assert.deepEqual([stale.code, stale.body.reason], [409, 'Conflict']);
      const other = await removal({ uid: '11111111-2222-3333-4444-555555555555' });
      assert.deepEqual([other.code, other.body.reason], [409, 'Conflict']);
      assert.equal((await removal({ resourceVersion: versionOf(newer) })).code, 200);
      assert.equal((await removal({})).code, 404);
    });
  });
}
