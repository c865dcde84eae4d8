import assert from 'node:assert/strict';
import type { TopicOfObjects } from '@berth/storage/testing';
import { createBench } from '../exchange.ts';
import type { Body } from '../exchange.ts';
import { maps, ok, podKey, podOf, podsPath } from './topic-bench.ts';
import type { TopicBench, TopicTest } from './topic-bench.ts';

const names = ({ items }: Body) => items.map(({ metadata }) => metadata.name).join('');

async function make(bench: TopicBench, ...podNames: readonly string[]): Promise<number[]> {
  const revisions: number[] = [];
  for (const name of podNames) {
    const { json } = await ok(bench.call('POST', podsPath, { body: podOf(name) }));
    revisions.push(Number(json.metadata.resourceVersion));
  }
  return revisions;
}

/** All pages of a list: the names on each, the counts of what is left, and whether they show one revision. */
async function pagesOf(bench: TopicBench, query: string) {
  const pages: string[] = [];
  const left: (number | undefined)[] = [];
  const revisions = new Set<string | undefined>();
  for (let token = ''; ;) {
    const { json } = await ok(bench.call('GET', `${podsPath}?${query}${token}`));
    pages.push(names(json));
    left.push(json.metadata.remainingItemCount);
    revisions.add(json.metadata.resourceVersion);
    if (!json.metadata.continue) return { pages, left, revisions: revisions.size };
    token = `&continue=${encodeURIComponent(json.metadata.continue)}`;
  }
}

export const lists = {
  async GetListNonRecursive(bench) {
    const [, b] = await make(bench, 'a', 'b');
    const one = async (name: string, query = '') => {
      const selector = `fieldSelector=metadata.name%3D${name}`;
      const { json } = await ok(bench.call('GET', `${podsPath}?${selector}${query}`));
      assert.ok(Number(json.metadata.resourceVersion) >= b!);
      return names(json);
    };
    assert.equal(await one('a'), 'a');
    assert.equal(await one('a', `&resourceVersion=${b}`), 'a');
    assert.equal(await one('a', '&resourceVersion=0'), 'a');
    assert.equal(await one('a', '&limit=1'), 'a');
    assert.equal(await one('c'), '');
    assert.equal(await one('a', ',spec.nodeName!%3Dn1'), '');
  },

  async ListContinuation(bench) {
    await make(bench, 'a', 'b', 'c', 'd', 'e');
    assert.deepEqual(await pagesOf(bench, 'limit=2'), {
      pages: ['ab', 'cd', 'e'],
      left: [3, 1, undefined],
      revisions: 1,
    });
    const first = await ok(bench.call('GET', `${podsPath}?limit=1`));
    const token = encodeURIComponent(first.json.metadata.continue!);
    const rest = await ok(bench.call('GET', `${podsPath}?continue=${token}`));
    assert.equal(names(rest.json), 'bcde');
    assert.equal(rest.json.metadata.continue, undefined);
  },

  async ListPaginationRareObject(bench) {
    const many = Array.from({ length: 150 }, (_, i) => `p${String(i).padStart(3, '0')}`);
    await Promise.all(many.map((name) => make(bench, name)));
    const { pages } = await pagesOf(bench, 'limit=1&fieldSelector=metadata.name%3Dp149');
    assert.deepEqual(pages, ['p149']);
    // By a selector that must look at every object, too.
    await ok(bench.call('POST', podsPath, { body: podOf('q', 'rare') }));
    const rare = await pagesOf(bench, 'limit=1&fieldSelector=spec.nodeName%3Drare');
    assert.equal(rare.pages.join(''), 'q');
    assert.ok(rare.pages.length <= 2, `${rare.pages.length} pages`);
  },

  async ListContinuationWithFilter(bench) {
    for (const [name, node] of Object.entries({ a: 'n1', b: 'n2', c: 'n1', d: 'n2', e: 'n1' }))
      await ok(bench.call('POST', podsPath, { body: podOf(name, node) }));
    const { pages, left, revisions } = await pagesOf(
      bench,
      'limit=2&fieldSelector=spec.nodeName%3Dn1',
    );
    assert.equal(pages.join(''), 'ace');
    assert.deepEqual(pages.slice(0, 2), ['ac', 'e']);
    // Nobody knows how many of the rest are selected.
    assert.ok(left.every((count) => count === undefined));
    assert.equal(revisions, 1);
  },

  async ListInconsistentContinuation(bench) {
    await make(bench, 'a', 'b', 'c');
    const first = await ok(bench.call('GET', `${podsPath}?limit=1`));
    const [d] = await make(bench, 'd');
    await bench.storage.compact(d!);
    // A server that has not seen the older states.
    const { strategies } = bench;
    const other = createBench(strategies, { storage: bench.storage });
    const page = (token = '') =>
      other.call('GET', `${podsPath}?limit=2&continue=${encodeURIComponent(token)}`);
    try {
      const gone = await page(first.json.metadata.continue);
      assert.deepEqual([gone.status, gone.json.reason], [410, 'Expired']);
      const again = await page(gone.json.metadata.continue);
      assert.equal(names(again.json), 'bc');
      assert.ok(Number(again.json.metadata.resourceVersion) >= d!);
      assert.equal(names((await page(again.json.metadata.continue)).json), 'd');
    } finally {
      await other.registry.close();
    }
  },

  async ListResourceVersionMatch(bench) {
    const [a, b] = await make(bench, 'a', 'b');
    await ok(bench.call('DELETE', `${podsPath}/a`));
    await bench.catchUp(podsPath);
    const list = (query: string) => bench.call('GET', `${podsPath}?${query}`);
    const exact = (revision: number) =>
      list(`resourceVersion=${revision}&resourceVersionMatch=Exact`);
    assert.equal(names((await exact(a!)).json), 'a');
    assert.equal(names((await exact(b!)).json), 'ab');
    const fresh = await list(`resourceVersion=${b}&resourceVersionMatch=NotOlderThan`);
    assert.equal(names(fresh.json), 'b');
    assert.equal(names((await list('resourceVersion=0')).json), 'b');
    const ahead = list(`resourceVersion=${b! + 1_000}&resourceVersionMatch=NotOlderThan`);
    const refused = await bench.inTime(ahead, 10);
    assert.deepEqual(
      [refused.status, refused.json.reason, refused.json.details?.causes?.[0]?.reason],
      [504, 'Timeout', 'ResourceVersionTooLarge'],
    );
    assert.equal((await list('resourceVersion=0&resourceVersionMatch=Exact')).status, 422);
  },

  async KeySchema(bench) {
    await make(bench, 'a');
    const { kv } = await bench.storage.get(podKey('a'));
    assert.ok(kv);
    assert.match(Buffer.from(kv.value).toString(), /^\{"apiVersion":"v1","kind":"Pod"/);
    const body = { metadata: { name: 'n' } };
    await ok(bench.call('POST', '/api/v1/namespaces', { body }));
    assert.ok((await bench.storage.get('/registry/namespaces/n')).kv);
    for (const name of ['..', '.', 'a/b', 'a%b', '']) {
      const { status } = await bench.call('POST', maps, { body: { metadata: { name } } });
      assert.equal(status, 422, name);
    }
    const { kvs } = await bench.storage.list('/registry/configmaps/');
    assert.equal(kvs.length, 0);
  },
} satisfies Partial<Record<TopicOfObjects, TopicTest>>;
