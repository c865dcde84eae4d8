import assert from 'node:assert/strict';
import { pods } from '@berth/api';
import type { Pod } from '@berth/api';
import type { TopicOfObjects } from '@berth/storage/testing';
import type { Answer } from '../exchange.ts';
import { annotated, createTopicBench, maps, ok, podKey, podOf, podsPath } from './topic-bench.ts';
import type { TopicBench, TopicTest } from './topic-bench.ts';

const key = podKey('a');
const ref = { namespace: 'default', name: 'a' };

const annotate = (bench: TopicBench, name: string, value: string) =>
  bench.registry.store(pods).guaranteedUpdate(ref, (pod: Pod) => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...pod.metadata.annotations, [name]: value },
    },
  }));

/** By an error of the server's own, not of the client's. */
async function fails(bench: TopicBench, call: Promise<Answer>): Promise<void> {
  const code = call.then(
    ({ status }) => status,
    () => 500,
  );
  assert.ok((await bench.inTime(code, 10)) >= 500);
}

export const updates = {
  async GuaranteedUpdate(bench) {
    await assert.rejects(annotate(bench, 'x', 'y'), /pods "a" not found/);
    const { json } = await ok(bench.call('POST', podsPath, { body: podOf('a') }));
    const { uid, resourceVersion } = json.metadata;
    const changed = await annotate(bench, 'x', 'y');
    assert.equal(changed.metadata.uid, uid);
    assert.ok(Number(changed.metadata.resourceVersion) > Number(resourceVersion));
    const same = await annotate(bench, 'x', 'y');
    assert.equal(same.metadata.resourceVersion, changed.metadata.resourceVersion);
    const put = await bench.call('PUT', `${podsPath}/a`, {
      body: { ...changed, metadata: { ...changed.metadata, uid: 'another' } },
    });
    assert.deepEqual([put.status, put.json.reason], [409, 'Conflict']);
    const { kv } = await bench.storage.get(key);
    const stored = JSON.parse(Buffer.from(kv!.value).toString()) as Pod;
    assert.equal(stored.metadata.resourceVersion, undefined);
    assert.equal(String(kv!.modRevision), changed.metadata.resourceVersion);
  },

  async GuaranteedUpdateChecksStoredData(bench) {
    await ok(bench.call('POST', podsPath, { body: podOf('a') }));
    await bench.catchUp(podsPath);
    bench.hold();
    // The same object, written by somebody who ends values with a line break.
    const { kv } = await bench.storage.get(key);
    const other = await bench.storage.update(
      key,
      Buffer.concat([kv!.value, Buffer.from('\n')]),
      kv!.modRevision,
    );
    const asIs = () => bench.registry.store(pods).guaranteedUpdate(ref, (pod) => pod);
    const normalised = await asIs();
    assert.ok(Number(normalised.metadata.resourceVersion) > other!.modRevision);
    const { kv: now } = await bench.storage.get(key);
    assert.deepEqual(Buffer.from(now!.value), Buffer.from(kv!.value));
    const again = await asIs();
    assert.equal(again.metadata.resourceVersion, normalised.metadata.resourceVersion);
  },

  async GuaranteedUpdateWithSuggestionAndConflict(bench) {
    await ok(bench.call('POST', podsPath, { body: podOf('a') }));
    await bench.catchUp(podsPath);
    bench.hold();
    await bench.behind(key, annotated({ theirs: '1' }));
    const changed = await annotate(bench, 'ours', '2');
    assert.deepEqual(changed.metadata.annotations, { theirs: '1', ours: '2' });
  },

  async TransformationFailure(bench) {
    for (const name of ['good', 'bad'])
      await ok(bench.call('POST', maps, { body: { metadata: { name }, data: { is: name } } }));
    const bad = `${maps}/bad`;
    const { json } = await ok(bench.call('GET', bad));
    const rewritten = { ...json, data: { is: 'new' } };
    await bench.catchUp(maps);
    const servers = [bench, createTopicBench(bench.storage)] as const;
    for (const server of servers) void server.spoil('"is":"bad"');
    try {
      const [, fresh] = servers;
      const words = /bits have flipped/;
      for (const server of servers) {
        const good = await ok(server.call('GET', `${maps}/good`));
        assert.deepEqual(good.json.data, { is: 'good' });
        await assert.rejects(server.call('GET', bad), words);
      }
      // Who has never seen it can do nothing with it, and shows no list that it is missing from.
      await fails(fresh, fresh.call('PUT', bad, { body: rewritten }));
      await fails(fresh, fresh.call('DELETE', bad));
      await fails(fresh, fresh.call('GET', maps));
      assert.ok((await bench.storage.get('/registry/configmaps/default/bad')).kv);
      // Who has it in memory can still replace it.
      await ok(bench.call('PUT', bad, { body: rewritten }));
      assert.deepEqual((await ok(fresh.call('GET', bad))).json.data, { is: 'new' });
    } finally {
      await servers[1].close();
    }
  },
} satisfies Partial<Record<TopicOfObjects, TopicTest>>;
