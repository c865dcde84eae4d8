import assert from 'node:assert/strict';
import { expired } from '@berth/api';
import type { ConfigMap, KubeList, WatchChange } from '@berth/api';
import { reflect } from './reflector.ts';

const configMap = (name: string, resourceVersion: string): ConfigMap => ({
  metadata: { name, namespace: 'n', uid: name, resourceVersion, creationTimestamp: '' },
});
const listOf = (resourceVersion: string, ...items: ConfigMap[]): KubeList<ConfigMap> => ({
  metadata: { resourceVersion },
  items,
});

type Step = readonly WatchChange<ConfigMap>[] | Error;

async function follow(lists: KubeList<ConfigMap>[], watches: Step[]): Promise<readonly string[]> {
  const stop = new AbortController();
  const seen: string[] = [];
  await reflect<ConfigMap>(
    {
      async list() {
        const next = lists.shift();
        if (!next) throw new Error('listed too often');
        return next;
      },
      async *watch(version) {
        seen.push(`watch from ${version}`);
        const step = watches.shift();
        if (!step) return stop.abort();
        if (step instanceof Error) throw step;
        yield* step;
      },
    },
    {
      replace: (items, version) =>
        seen.push(`replace ${items.map((i) => i.metadata.name).join()} @${version}`),
      apply: ({ type, object }) => seen.push(`${type} ${object.metadata.name}`),
      progress: () => undefined,
    },
    { pause: async () => undefined },
    stop.signal,
  );
  return seen;
}

describe('reflect', () => {
  it('lists once and follows on from the last change it saw', async () => {
    const seen = await follow(
      [listOf('10', configMap('a', '5'))],
      [[{ type: 'ADDED', object: configMap('b', '11') }], new Error('cut')],
    );
    assert.deepEqual(seen, [
      'replace a @10',
      'watch from 10',
      'ADDED b',
      'watch from 11',
      'watch from 11',
    ]);
  });

  it('follows on from a bookmark', async () => {
    const seen = await follow(
      [listOf('10')],
      [[{ type: 'BOOKMARK', resourceVersion: '99', initialEventsEnd: false }]],
    );
    assert.deepEqual(seen, ['replace  @10', 'watch from 10', 'watch from 99']);
  });

  it('lists again when history is gone', async () => {
    const seen = await follow(
      [listOf('10'), listOf('50', configMap('c', '49'))],
      [expired('too old')],
    );
    assert.deepEqual(seen, ['replace  @10', 'watch from 10', 'replace c @50', 'watch from 50']);
  });
});
