import assert from 'node:assert/strict';
import type { TopicOfObjects } from '@berth/storage/testing';
import { annotated, ok, podKey, podOf, podsPath } from './topic-bench.ts';
import type { TopicBench, TopicTest } from './topic-bench.ts';

const key = podKey('a');
const path = `${podsPath}/a`;

/** A pod that this server has seen, before the store goes on without it. */
async function seen(bench: TopicBench, annotations: Readonly<Record<string, string>> = {}) {
  const { json } = await ok(bench.call('POST', podsPath, { body: podOf('a') }));
  await bench.behind(key, annotated(annotations));
  await bench.catchUp(podsPath);
  bench.hold();
  return json.metadata;
}

const isGone = async (bench: TopicBench) =>
  assert.equal((await bench.storage.get(key)).kv, undefined);

const remove = (bench: TopicBench, preconditions?: object) =>
  bench.call('DELETE', path, { ...(preconditions && { body: { preconditions } }) });

export const deletes = {
  async UnconditionalDelete(bench) {
    const { json } = await ok(bench.call('POST', podsPath, { body: podOf('a') }));
    const deleted = await ok(remove(bench));
    assert.equal(deleted.json.metadata.uid, json.metadata.uid);
    assert.ok(
      Number(deleted.json.metadata.resourceVersion) > Number(json.metadata.resourceVersion),
    );
    await isGone(bench);
    const again = await remove(bench);
    assert.deepEqual([again.status, again.json.reason], [404, 'NotFound']);
  },

  async DeleteWithSuggestion(bench) {
    await seen(bench);
    await ok(remove(bench));
    await isGone(bench);
  },

  async DeleteWithSuggestionAndConflict(bench) {
    await seen(bench);
    await bench.behind(key, annotated({ written: 'meanwhile' }));
    const deleted = await ok(remove(bench));
    assert.deepEqual(deleted.json.metadata.annotations, { written: 'meanwhile' });
    await isGone(bench);
  },

  async DeleteWithConflict(bench) {
    await seen(bench);
    bench.beforeRemoval(() => bench.behind(key, annotated({ written: 'in between' })));
    const deleted = await ok(remove(bench));
    assert.deepEqual(deleted.json.metadata.annotations, { written: 'in between' });
    await isGone(bench);
  },

  async DeleteWithSuggestionOfDeletedObject(bench) {
    await seen(bench);
    await bench.removeBehind(key);
    const answer = await remove(bench);
    assert.deepEqual([answer.status, answer.json.reason], [404, 'NotFound']);
  },

  async ValidateDeletionWithSuggestion(bench) {
    await seen(bench, { keep: 'yes' });
    await assert.rejects(remove(bench), /it is to be kept/);
    await bench.behind(key, annotated({ other: 'yes' }));
    const deleted = await ok(remove(bench));
    assert.deepEqual(deleted.json.metadata.annotations, { other: 'yes' });
    await isGone(bench);
  },

  async ValidateDeletionWithOnlySuggestionValid(bench) {
    await seen(bench);
    await bench.behind(key, annotated({ keep: 'yes' }));
    await assert.rejects(remove(bench), /it is to be kept/);
    assert.ok((await bench.storage.get(key)).kv);
  },

  async PreconditionalDeleteWithSuggestion(bench) {
    await seen(bench);
    await bench.behind(key, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, uid: 'another' },
    }));
    await ok(remove(bench, { uid: 'another' }));
    await isGone(bench);
  },

  async PreconditionalDeleteWithOnlySuggestionPass(bench) {
    const { uid } = await seen(bench);
    await bench.behind(key, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, uid: 'another' },
    }));
    const answer = await remove(bench, { uid });
    assert.deepEqual([answer.status, answer.json.reason], [409, 'Conflict']);
    assert.ok((await bench.storage.get(key)).kv);
  },
} satisfies Partial<Record<TopicOfObjects, TopicTest>>;
