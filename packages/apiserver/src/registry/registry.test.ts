import assert from 'node:assert/strict';
import { configMaps, leases, namespaces, nodes, pods } from '@berth/api';
import type { ConfigMap, Namespace, Pod } from '@berth/api';
import { createBench } from './testing/exchange.ts';
import type { Bench, Body, Event } from './testing/exchange.ts';
import type { Strategy } from './strategy.ts';

const configMapStrategy: Strategy<ConfigMap> = { type: configMaps, columns: [] };
const podStrategy: Strategy<Pod> = {
  type: pods,
  columns: [
    { name: 'Name', type: 'string', format: 'name', cell: ({ metadata }) => metadata.name },
    { name: 'Node', type: 'string', priority: 1, cell: ({ spec }) => spec.nodeName ?? '<none>' },
  ],
  status: {},
  selectable: ['spec.nodeName'],
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec.nodeName ?? '' }),
  deletionGrace: ({ spec }, asked) => (spec.nodeName ? (asked ?? 30) : 0),
  allowUnconditionalUpdate: true,
  returnsDeleted: true,
};
const namespaceStrategy: Strategy<Namespace> = {
  type: namespaces,
  columns: [],
  nameKind: 'label',
  holdsDeletion: ({ spec }) => (spec.finalizers ?? []).length > 0,
};
const strategies = [
  configMapStrategy,
  podStrategy,
  namespaceStrategy,
  { type: nodes, columns: [] },
  { type: leases, columns: [], allowCreateOnUpdate: true },
] as unknown as readonly Strategy[];

const maps = '/api/v1/namespaces/default/configmaps';
const map = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('the registry', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = createBench(strategies);
  });
  afterEach(() => bench.registry.close());
  const post = (path: string, body: unknown, headers = {}) =>
    bench.call('POST', path, { body, headers });

  describe('create', () => {
    it('gives the object its identity', async () => {
      const { status, json } = await post(maps, map('a', { k: 'v' }));
      assert.equal(status, 201);
      assert.equal(json.kind, 'ConfigMap');
      assert.equal(json.apiVersion, 'v1');
      assert.deepEqual(json.data, { k: 'v' });
      const { name, namespace, uid, creationTimestamp, resourceVersion } = json.metadata;
      assert.deepEqual([name, namespace], ['a', 'default']);
      assert.match(uid, /^0{8}-/);
      assert.equal(creationTimestamp, '2026-01-01T00:00:00Z');
      assert.match(resourceVersion, /^[1-9][0-9]*$/);
    });

    it('makes names from generateName', async () => {
      const body = { metadata: { generateName: 'web-' } };
      const first = await post(maps, body);
      const second = await post(maps, body);
      assert.match(first.json.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      assert.notEqual(first.json.metadata.name, second.json.metadata.name);
    });

    it('refuses a name that is taken', async () => {
      await post(maps, map('a'));
      const { status, json } = await post(maps, map('a'));
      assert.equal(status, 409);
      assert.equal(json.reason, 'AlreadyExists');
      assert.equal(json.message, 'configmaps "a" already exists');
    });

    it('refuses a bad name in the words of upstream', async () => {
      const { status, json } = await post(maps, map('A'));
      assert.equal(status, 422);
      assert.match(
        json.message,
        /^ConfigMap "A" is invalid: metadata.name: Invalid value: "A": a lowercase RFC 1123/,
      );
    });

    it('reports unknown and repeated fields when asked to be strict, warns otherwise', async () => {
      const body = '{"metadata":{"name":"a"},"data":{"a":"1"},"x":1,"data":{"a":"2"}}';
      const strict = await post(`${maps}?fieldValidation=Strict`, body);
      assert.equal(strict.status, 400);
      assert.equal(
        strict.json.message,
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "x", duplicate field "data"',
      );
      const warned = await post(maps, body);
      assert.equal(warned.status, 201);
      assert.deepEqual(warned.warnings, ['unknown field "x"', 'duplicate field "data"']);
    });

    it('reads YAML', async () => {
      const { status, json } = await post(maps, 'metadata: {name: a}\ndata:\n  mode: "0644"\n', {
        'content-type': 'application/yaml',
      });
      assert.equal(status, 201);
      assert.deepEqual(json.data, { mode: '0644' });
    });

    it('stores nothing on a dry run', async () => {
      const { status } = await post(`${maps}?dryRun=All`, map('a'));
      assert.equal(status, 201);
      assert.equal((await bench.call('GET', `${maps}/a`)).status, 404);
    });

    const refusals: readonly (readonly [string, unknown, number, RegExp, object?])[] = [
      [
        'another kind',
        { kind: 'Secret', apiVersion: 'v1' },
        400,
        /Secret in version "v1" cannot be handled as a ConfigMap: converting/,
      ],
      ['an unknown kind', { kind: 'Nix' }, 400, /no kind "Nix" is registered for version "v1"/],
      [
        'another namespace',
        { metadata: { name: 'a', namespace: 'b' } },
        400,
        /^the namespace of the provided object does not match/,
      ],
      [
        'no JSON',
        '{',
        400,
        /^the object provided is unrecognized \(must be of type ConfigMap\): couldn't get version\/kind; json parse error: unexpected end/,
      ],
      ['a list', [], 400, /must be of type ConfigMap/],
      ['no name', {}, 422, /name or generateName is required/],
      [
        'a resourceVersion',
        { metadata: { name: 'a', resourceVersion: '1' } },
        400,
        /resourceVersion should not be set/,
      ],
      [
        'a wrong type',
        { metadata: { name: 'a' }, data: 1 },
        400,
        /json: cannot unmarshal number into Go struct field/,
      ],
      ['a deep body', '['.repeat(100_000), 400, /max depth/],
      [
        'an unknown media type',
        map('a'),
        415,
        /the body of the request was in an unknown format/,
        { 'content-type': 'text/css' },
      ],
    ];
    for (const [what, body, code, message, headers] of refusals)
      it(`refuses ${what}`, async () => {
        const { status, json } = await post(maps, body, headers);
        assert.equal(status, code);
        assert.equal(json.kind, 'Status');
        assert.match(json.message, message);
      });
  });

  describe('get and list', () => {
    it('says what is not there', async () => {
      const { status, json } = await bench.call('GET', `${maps}/a`);
      assert.equal(status, 404);
      assert.equal(json.message, 'configmaps "a" not found');
      assert.deepEqual(json.details, { name: 'a', kind: 'configmaps' });
    });

    it('lists by name, in pages that show one state', async () => {
      for (const name of ['c', 'a', 'b', 'd', 'e']) await post(maps, map(name));
      const first = await bench.call('GET', `${maps}?limit=2`);
      assert.deepEqual(names(first.json), ['a', 'b']);
      assert.equal(first.json.metadata.remainingItemCount, 3);
      await bench.call('DELETE', `${maps}/c`);
      const token = encodeURIComponent(first.json.metadata.continue ?? '');
      const second = await bench.call('GET', `${maps}?limit=2&continue=${token}`);
      assert.deepEqual(names(second.json), ['c', 'd']);
      assert.equal(second.json.metadata.resourceVersion, first.json.metadata.resourceVersion);
      const rest = await bench.call(
        'GET',
        `${maps}?limit=2&continue=${encodeURIComponent(second.json.metadata.continue ?? '')}`,
      );
      assert.deepEqual(names(rest.json), ['e']);
      assert.equal(rest.json.metadata.continue, undefined);
    });

    it('continues with a new token when the state is gone', async () => {
      for (const name of ['a', 'b', 'c']) await post(maps, map(name));
      const first = await bench.call('GET', `${maps}?limit=1`);
      const last = await post(maps, map('d'));
      await bench.storage.compact(Number(last.json.metadata.resourceVersion));
      const restarted = createBench(strategies, { storage: bench.storage });
      const gone = await restarted.call(
        'GET',
        `${maps}?limit=1&continue=${first.json.metadata.continue}`,
      );
      assert.equal(gone.status, 410);
      assert.equal(gone.json.reason, 'Expired');
      const again = await bench.call('GET', `${maps}?continue=${gone.json.metadata.continue}`);
      assert.deepEqual(names(again.json), ['b', 'c', 'd']);
    });

    it('selects by labels and fields', async () => {
      await post('/api/v1/namespaces/default/pods', pod('a', { app: 'web' }, 'n1'));
      await post('/api/v1/namespaces/default/pods', pod('b', { app: 'db' }, 'n1'));
      await post('/api/v1/namespaces/other/pods', pod('c', { app: 'web' }, 'n2'));
      const list = async (query: string) =>
        names((await bench.call('GET', `/api/v1/pods?${query}`)).json);
      assert.deepEqual(await list('labelSelector=app%3Dweb'), ['a', 'c']);
      assert.deepEqual(await list('fieldSelector=spec.nodeName%3Dn1'), ['a', 'b']);
      assert.deepEqual(await list('fieldSelector=metadata.name%3Db,spec.nodeName!%3Dn1'), []);
      assert.deepEqual(await list('limit=1&labelSelector=app%3Ddb'), ['b']);
      const bad = await bench.call('GET', '/api/v1/pods?fieldSelector=spec.x%3D1');
      assert.equal(bad.status, 400);
      assert.equal(bad.json.message, 'field label not supported: spec.x');
    });

    it('refuses versions and matches that make no sense together', async () => {
      const message = async (query: string) =>
        (await bench.call('GET', `${maps}?${query}`)).json.message;
      assert.match(
        await message('resourceVersionMatch=Exact'),
        /is forbidden unless resourceVersion is provided/,
      );
      assert.match(await message('resourceVersion=abc'), /^invalid resource version: .*"abc"/);
      assert.match(await message('continue=zzz'), /^continue key is not valid/);
    });

    it('shows an exact older state', async () => {
      const { json } = await post(maps, map('a'));
      await post(maps, map('b'));
      const at = json.metadata.resourceVersion;
      const old = await bench.call(
        'GET',
        `${maps}?resourceVersion=${at}&resourceVersionMatch=Exact`,
      );
      assert.deepEqual(names(old.json), ['a']);
    });

    it('prints tables, metadata and YAML', async () => {
      await post('/api/v1/namespaces/default/pods', pod('a', {}, 'n1'));
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
      const table = await bench.call('GET', '/api/v1/pods', { headers: { accept } });
      assert.equal(table.json.kind, 'Table');
      assert.deepEqual(
        table.json.columnDefinitions.map((column) => column.name),
        ['Name', 'Node'],
      );
      assert.deepEqual(table.json.rows[0]?.cells, ['a', 'n1']);
      assert.equal(table.json.rows[0].object.kind, 'PartialObjectMetadata');
      const meta = await bench.call('GET', '/api/v1/namespaces/default/pods/a', {
        headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
      });
      assert.equal(meta.json.kind, 'PartialObjectMetadata');
      assert.equal(meta.json.spec, undefined);
      const yaml = await bench.call('GET', '/api/v1/namespaces/default/pods/a', {
        headers: { accept: 'application/yaml' },
      });
      assert.match(yaml.text, /^kind: Pod$/m);
      const none = await bench.call('GET', '/api/v1/pods', { headers: { accept: 'text/css' } });
      assert.equal(none.status, 406);
    });
  });

  describe('update', () => {
    it('takes the newest version only', async () => {
      const { json } = await post(maps, map('a'));
      const put = (body: unknown) => bench.call('PUT', `${maps}/a`, { body });
      const changed = await put({ ...json, data: { a: '1' } });
      assert.equal(changed.status, 200);
      assert.equal(changed.json.metadata.uid, json.metadata.uid);
      const stale = await put({ ...json, data: { a: '2' } });
      assert.equal(stale.status, 409);
      assert.equal(
        stale.json.message,
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
      );
      const { resourceVersion: _version, ...metadata } = json.metadata;
      const blind = await put({ ...json, metadata });
      assert.equal(blind.status, 422);
      assert.match(
        blind.json.message,
        /metadata.resourceVersion: Invalid value: 0x0: must be specified for an update/,
      );
    });

    it('writes nothing when nothing changes', async () => {
      const { json } = await post(maps, map('a', { k: 'v' }));
      const again = await bench.call('PUT', `${maps}/a`, { body: json });
      assert.equal(again.json.metadata.resourceVersion, json.metadata.resourceVersion);
    });

    it('raises the generation with the spec only, and changes the status by its own door', async () => {
      const path = '/api/v1/namespaces/default/pods/a';
      const { json } = await post('/api/v1/namespaces/default/pods', pod('a', {}, 'n1'));
      assert.equal(json.metadata.generation, 1);
      const labelled = { ...json, metadata: { ...json.metadata, labels: { a: 'b' } } };
      const second = await bench.call('PUT', path, { body: labelled });
      assert.equal(second.json.metadata.generation, 1);
      const status = await bench.call('PUT', `${path}/status`, {
        body: { ...second.json, spec: { containers: [] }, status: { phase: 'Running' } },
      });
      assert.equal(status.json.status.phase, 'Running');
      assert.equal(status.json.spec.nodeName, 'n1');
    });

    it('makes what may be made by PUT', async () => {
      const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/l';
      const { status } = await bench.call('PUT', path, { body: { metadata: { name: 'l' } } });
      assert.equal(status, 201);
      const none = await bench.call('PUT', `${maps}/a`, { body: map('a') });
      assert.equal(none.status, 404);
    });

    it('does not lose updates of many writers', async () => {
      await post('/api/v1/namespaces/default/pods', pod('a', {}, 'n1'));
      const store = bench.registry.store(pods);
      const ref = { namespace: 'default', name: 'a' };
      const add = () =>
        store.guaranteedUpdate(ref, (old) => ({
          ...old,
          metadata: {
            ...old.metadata,
            annotations: { n: String(Number(old.metadata.annotations?.n ?? 0) + 1) },
          },
        }));
      await Promise.all(Array.from({ length: 50 }, add));
      assert.equal((await store.get(ref)).metadata.annotations?.n, '50');
    });
  });

  describe('delete', () => {
    it('answers with a Status and forgets the object', async () => {
      const { json } = await post(maps, map('a'));
      const gone = await bench.call('DELETE', `${maps}/a`);
      assert.equal(gone.status, 200);
      assert.equal(gone.json.status, 'Success');
      assert.deepEqual(gone.json.details, {
        name: 'a',
        kind: 'configmaps',
        uid: json.metadata.uid,
      });
      assert.equal((await bench.call('DELETE', `${maps}/a`)).status, 404);
    });

    it('minds preconditions', async () => {
      await post(maps, map('a'));
      const body = { preconditions: { uid: 'other' } };
      const { status, json } = await bench.call('DELETE', `${maps}/a`, { body });
      assert.equal(status, 409);
      assert.match(
        json.message,
        /Precondition failed: UID in precondition: other, UID in object meta: /,
      );
    });

    it('waits for finalizers, and goes with the last one', async () => {
      await post(maps, { metadata: { name: 'a', finalizers: ['example.com/f'] } });
      const marked = await bench.call('DELETE', `${maps}/a`);
      assert.equal(marked.json.metadata.deletionTimestamp, '2026-01-01T00:00:00Z');
      assert.equal(marked.json.metadata.deletionGracePeriodSeconds, 0);
      const { finalizers: _finalizers, ...metadata } = marked.json.metadata;
      await bench.call('PUT', `${maps}/a`, { body: { ...marked.json, metadata } });
      assert.equal((await bench.call('GET', `${maps}/a`)).status, 404);
    });

    it('adds the finalizer of the propagation policy', async () => {
      await post(maps, map('a'));
      const body = { propagationPolicy: 'Foreground' };
      const { status, json } = await bench.call('DELETE', `${maps}/a`, { body });
      assert.equal(status, 202);
      assert.deepEqual(json.metadata.finalizers, ['foregroundDeletion']);
    });

    it('gives pods on a node their grace period, which may only be shortened', async () => {
      await post('/api/v1/namespaces/default/pods', pod('a', {}, 'n1'));
      const path = '/api/v1/namespaces/default/pods/a';
      const first = await bench.call('DELETE', path);
      assert.equal(first.json.metadata.deletionTimestamp, '2026-01-01T00:00:30Z');
      assert.equal(first.json.metadata.generation, 2);
      const longer = await bench.call('DELETE', `${path}?gracePeriodSeconds=60`);
      assert.equal(longer.json.metadata.deletionGracePeriodSeconds, 30);
      const shorter = await bench.call('DELETE', `${path}?gracePeriodSeconds=5`);
      assert.equal(shorter.json.metadata.deletionTimestamp, '2026-01-01T00:00:05Z');
      const now = await bench.call('DELETE', `${path}?gracePeriodSeconds=0`);
      assert.equal(now.json.kind, 'Pod');
      assert.equal((await bench.call('GET', path)).status, 404);
    });

    it('gives a grace period that no time could end at most three centuries', async () => {
      await post('/api/v1/namespaces/default/pods', pod('a', {}, 'n1'));
      const path = '/api/v1/namespaces/default/pods/a';
      const long = await bench.call('DELETE', path, {
        body: { gracePeriodSeconds: Number.MAX_SAFE_INTEGER },
      });
      assert.equal(long.status, 200);
      assert.equal(long.json.metadata.deletionGracePeriodSeconds, 9_223_372_036);
      assert.match(long.json.metadata.deletionTimestamp ?? '', /^2318-/);
      const shorter = await bench.call('DELETE', `${path}?gracePeriodSeconds=5`);
      assert.equal(shorter.json.metadata.deletionTimestamp, '2026-01-01T00:00:05Z');
    });

    it('deletes a collection by selector', async () => {
      for (const name of ['a', 'b']) await post(maps, { metadata: { name, labels: { name } } });
      const { status, json } = await bench.call('DELETE', `${maps}?labelSelector=name%3Da`);
      assert.equal(status, 200);
      assert.deepEqual(names(json), ['a']);
      assert.deepEqual(names((await bench.call('GET', maps)).json), ['b']);
    });

    it('keeps a namespace while its own finalizers do', async () => {
      await post('/api/v1/namespaces', {
        metadata: { name: 'x' },
        spec: { finalizers: ['kubernetes'] },
      });
      const { json } = await bench.call('DELETE', '/api/v1/namespaces/x');
      assert.ok(json.metadata.deletionTimestamp);
      await bench.call('PUT', '/api/v1/namespaces/x', { body: { ...json, spec: {} } });
      assert.equal((await bench.call('GET', '/api/v1/namespaces/x')).status, 404);
    });
  });

  describe('watch', () => {
    let stop: AbortController;
    beforeEach(() => {
      stop = new AbortController();
    });
    afterEach(() => stop.abort());
    const follow = (query: string, headers = {}) => {
      const events = bench.watch(`${maps}?watch=true&${query}`, stop.signal, { headers });
      const iterator = events[Symbol.asyncIterator]();
      return {
        async next(): Promise<Event> {
          const result = await iterator.next();
          assert.ok(!result.done, 'the watch has ended');
          return result.value;
        },
        isOver: async () => (await iterator.next()).done === true,
      };
    };

    it('tells changes after a version', async () => {
      const { json } = await post(maps, map('a'));
      const events = follow(`resourceVersion=${json.metadata.resourceVersion}`);
      await post(maps, map('b'));
      await bench.call('DELETE', `${maps}/a`);
      const added = await events.next();
      assert.deepEqual([added.type, added.object.metadata.name], ['ADDED', 'b']);
      const deleted = await events.next();
      assert.deepEqual([deleted.type, deleted.object.metadata.name], ['DELETED', 'a']);
      assert.ok(
        Number(deleted.object.metadata.resourceVersion) >
          Number(added.object.metadata.resourceVersion),
      );
    });

    it('begins with what is there', async () => {
      await post(maps, map('a'));
      const events = follow('');
      assert.equal((await events.next()).object.metadata.name, 'a');
      await post(maps, map('b'));
      assert.equal((await events.next()).object.metadata.name, 'b');
    });

    it('ends the initial events of a streaming list with a bookmark', async () => {
      await post(maps, map('a'));
      const events = follow(
        'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      );
      assert.equal((await events.next()).type, 'ADDED');
      const bookmark = await events.next();
      assert.equal(bookmark.type, 'BOOKMARK');
      assert.equal(bookmark.object.kind, 'ConfigMap');
      assert.equal(bookmark.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
    });

    it('turns changes of a selected set into additions and removals', async () => {
      const { json } = await post(maps, { metadata: { name: 'a', labels: { in: 'no' } } });
      const events = follow(
        `labelSelector=in%3Dyes&resourceVersion=${json.metadata.resourceVersion}`,
      );
      const relabel = (object: Body, value: string) =>
        bench.call('PUT', `${maps}/a`, {
          body: { ...object, metadata: { ...object.metadata, labels: { in: value } } },
        });
      const yes = await relabel(json, 'yes');
      const no = await relabel(yes.json, 'no');
      const added = await events.next();
      assert.deepEqual([added.type, added.object.metadata.labels], ['ADDED', { in: 'yes' }]);
      const gone = await events.next();
      assert.equal(gone.type, 'DELETED');
      assert.equal(gone.object.metadata.resourceVersion, no.json.metadata.resourceVersion);
    });

    it('says in an event that the version is too old', async () => {
      const { json } = await post(maps, map('a'));
      const last = await post(maps, map('b'));
      await bench.storage.compact(Number(last.json.metadata.resourceVersion));
      bench = createBench(strategies, { storage: bench.storage });
      const events = follow(`resourceVersion=${json.metadata.resourceVersion}`);
      const error = await events.next();
      assert.equal(error.type, 'ERROR');
      assert.equal(error.object.code, 410);
      assert.equal(error.object.reason, 'Expired');
      assert.ok(await events.isOver());
    });

    it('sends bookmarks every minute and before its time is up', async () => {
      const { json } = await post(maps, map('a'));
      // From here on no store is asked, which would take real time.
      await bench.call('GET', maps);
      const events = follow(
        `allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion=${json.metadata.resourceVersion}`,
      );
      const bookmark = await inTime(bench, events.next(), 70);
      assert.equal(bookmark.type, 'BOOKMARK');
      assert.equal((await inTime(bench, events.next(), 40)).type, 'BOOKMARK');
      assert.ok(await inTime(bench, events.isOver(), 1));
    });

    it('has bookmarks without rows in Tables', async () => {
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const query =
        'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const events = bench.watch(`/api/v1/pods?${query}`, stop.signal, { headers: { accept } });
      const { value } = (await events[Symbol.asyncIterator]().next()) as { value: Event };
      assert.equal(value.type, 'BOOKMARK');
      assert.deepEqual(value.object.rows, []);
    });

    it('tells rows when asked for a Table', async () => {
      await post(maps, map('a'));
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const events = follow('', { accept });
      const first = await events.next();
      assert.equal(first.object.kind, 'Table');
      assert.equal(first.object.columnDefinitions.length, 2);
      assert.equal(first.object.rows[0]?.cells[0], 'a');
      await post(maps, map('b'));
      assert.deepEqual((await events.next()).object.columnDefinitions, []);
    });
  });
});

/** Lets time pass, second by second, until `promise` settles. */
async function inTime<T>({ clock }: Bench, promise: Promise<T>, seconds: number): Promise<T> {
  const results: T[] = [];
  const done = promise.then((result) => results.push(result));
  for (let second = 0; results.length === 0 && second <= seconds; second++)
    await clock.advance(1000);
  assert.ok(results.length > 0, `nothing came within ${seconds} s`);
  await done;
  return promise;
}

const pod = (name: string, labels: Record<string, string>, nodeName: string) => ({
  metadata: { name, labels },
  spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
});

const names = (list: Body) => list.items.map(({ metadata }) => metadata.name);
