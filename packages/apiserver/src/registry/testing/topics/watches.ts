import assert from 'node:assert/strict';
import type { TopicOfObjects } from '@berth/storage/testing';
import type { Event } from '../exchange.ts';
import { maps, ok, podOf, podsPath } from './topic-bench.ts';
import type { TopicBench, TopicTest } from './topic-bench.ts';

const told = ({ type, object }: Event) =>
  `${type} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
const from = (revision: string | undefined) => `watch=true&resourceVersion=${revision}`;

const newestOf = async (bench: TopicBench, path: string) =>
  (await ok(bench.call('GET', path))).json.metadata.resourceVersion;

export const watches = {
  async ClusterScopedWatch(bench) {
    const path = '/api/v1/namespaces';
    const revision = await newestOf(bench, path);
    const all = bench.follow(`${path}?${from(revision)}`);
    const one = bench.follow(`${path}?fieldSelector=metadata.name%3Db&${from(revision)}`);
    for (const name of ['a', 'b', 'bb'])
      await ok(bench.call('POST', path, { body: { metadata: { name } } }));
    await ok(bench.call('DELETE', `${path}/b`));
    const seen = [];
    for (let i = 0; i < 4; i += 1) seen.push(told(await all.next()));
    assert.deepEqual(seen, ['ADDED /a', 'ADDED /b', 'ADDED /bb', 'DELETED /b']);
    assert.deepEqual([told(await one.next()), told(await one.next())], ['ADDED /b', 'DELETED /b']);
  },

  async NamespaceScopedWatch(bench) {
    const revision = await newestOf(bench, '/api/v1/pods');
    const inOne = bench.follow(`/api/v1/namespaces/ns/pods?${from(revision)}`);
    const onNode = bench.follow(`/api/v1/pods?fieldSelector=spec.nodeName%3Dn2&${from(revision)}`);
    for (const [namespace, name, node] of [
      ['ns-1', 'a', 'n1'],
      ['ns', 'a', 'n1'],
      ['ns-1', 'b', 'n2'],
      ['ns', 'b', 'n2'],
    ] as const)
      await ok(
        bench.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body: podOf(name, node) }),
      );
    assert.deepEqual(
      [told(await inOne.next()), told(await inOne.next())],
      ['ADDED ns/a', 'ADDED ns/b'],
    );
    assert.deepEqual(
      [told(await onNode.next()), told(await onNode.next())],
      ['ADDED ns-1/b', 'ADDED ns/b'],
    );
  },

  async WatchFromZero(bench) {
    await ok(bench.call('POST', maps, { body: { metadata: { name: 'a' } } }));
    await bench.catchUp(maps);
    const watch = bench.follow(`${maps}?${from('0')}`);
    const added = await watch.next();
    assert.equal(told(added), 'ADDED default/a');
    await ok(bench.call('PUT', `${maps}/a`, { body: { ...added.object, data: { x: 'y' } } }));
    const modified = await watch.next();
    assert.equal(told(modified), 'MODIFIED default/a');
    // What is there is told as it is now, however much history has been forgotten.
    await bench.storage.compact(Number(modified.object.metadata.resourceVersion));
    const later = await bench.follow(`${maps}?${from('0')}`).next();
    assert.deepEqual(later.object.data, { x: 'y' });
    assert.equal(later.type, 'ADDED');
  },

  async WatchError(bench) {
    const revision = await newestOf(bench, maps);
    const watch = bench.follow(`${maps}?${from(revision)}`);
    await bench.catchUp(maps);
    const tried = bench.spoil('unreadable');
    await bench.storage.create(
      '/registry/configmaps/default/bad',
      Buffer.from(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"unreadable","namespace":"default"}}',
      ),
    );
    await ok(bench.call('POST', maps, { body: { metadata: { name: 'after' } } }));
    // Nothing that comes after what cannot be read is told before it.
    const first = watch.next().then(told);
    await bench.inTime(tried, 5);
    bench.mend();
    assert.equal(await bench.inTime(first, 60), 'ADDED default/unreadable');
    assert.equal(told(await watch.next()), 'ADDED default/after');
  },

  async WatchDeleteEventObjectHaveLatestRV(bench) {
    const { json } = await ok(bench.call('POST', podsPath, { body: podOf('a') }));
    const watch = bench.follow(`${podsPath}?${from(json.metadata.resourceVersion)}`);
    const deleted = await ok(bench.call('DELETE', `${podsPath}/a`));
    const event = await watch.next();
    assert.equal(event.type, 'DELETED');
    assert.equal(event.object.metadata.resourceVersion, deleted.json.metadata.resourceVersion);
    assert.ok(
      Number(event.object.metadata.resourceVersion) > Number(json.metadata.resourceVersion),
    );
  },

  async WatchInitializationSignal(bench) {
    await ok(bench.call('POST', maps, { body: { metadata: { name: 'a' } } }));
    const watch = bench.follow(
      `${maps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    assert.equal(told(await watch.next()), 'ADDED default/a');
    const end = await watch.next();
    assert.deepEqual(
      [end.type, end.object.metadata.annotations],
      ['BOOKMARK', { 'k8s.io/initial-events-end': 'true' }],
    );
    // From here on everything is told, for the watch goes on where its beginning ended.
    const { json } = await ok(bench.call('POST', maps, { body: { metadata: { name: 'b' } } }));
    const next = await watch.next();
    assert.equal(told(next), 'ADDED default/b');
    assert.equal(next.object.metadata.resourceVersion, json.metadata.resourceVersion);
  },

  async WatchWithUnsafeDelete(bench) {
    const { json } = await ok(bench.call('POST', maps, { body: { metadata: { name: 'bad' } } }));
    const watch = bench.follow(`${maps}?${from(json.metadata.resourceVersion)}`);
    await bench.catchUp(maps);
    const tried = bench.spoil('"name":"bad"');
    const [kv] = (await bench.storage.list('/registry/configmaps/')).kvs;
    await bench.storage.remove(kv!.key, kv!.modRevision);
    // Its last state cannot be read, so that its end cannot be told: no watch goes past it.
    await ok(bench.call('POST', maps, { body: { metadata: { name: 'good' } } }));
    const first = watch.next().then(told);
    await bench.inTime(tried, 5);
    bench.mend();
    assert.equal(await bench.inTime(first, 60), 'DELETED default/bad');
    assert.equal(told(await watch.next()), 'ADDED default/good');
  },

  async WatchDispatchBookmarkEvents(bench) {
    const { json } = await ok(bench.call('POST', maps, { body: { metadata: { name: 'a' } } }));
    const { resourceVersion } = json.metadata;
    await bench.catchUp(maps);
    const watch = bench.follow(
      `${maps}?${from(resourceVersion)}&allowWatchBookmarks=true&timeoutSeconds=90`,
    );
    const none = bench.follow(`${maps}?${from(resourceVersion)}&timeoutSeconds=90`).isOver();
    const bookmark = await bench.inTime(watch.next(), 75);
    assert.equal(bookmark.type, 'BOOKMARK');
    assert.ok(Number(bookmark.object.metadata.resourceVersion) >= Number(resourceVersion));
    assert.equal((await bench.inTime(watch.next(), 40)).type, 'BOOKMARK');
    assert.equal(await bench.inTime(watch.isOver(), 5), true);
    assert.equal(await bench.inTime(none, 5), true);
  },
} satisfies Partial<Record<TopicOfObjects, TopicTest>>;
