import assert from 'node:assert/strict';
import type { ConfigMap, KubeObject, WatchChange } from '@berth/api';
import { makeConfigMap } from '@berth/api/testing';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { follow } from './follow.ts';
import type { Store } from './registry/store.ts';

type Change = WatchChange<ConfigMap>;
const [a, b] = [makeConfigMap('a'), makeConfigMap('b')];
const synced: Change = { type: 'BOOKMARK', resourceVersion: '1', initialEventsEnd: true };
const added = (object: ConfigMap): Change => ({ type: 'ADDED', object });

/** Each watch plays the next list of changes and then fails, or waits for the end when it is the last. */
const playing = (...runs: readonly (readonly Change[])[]) => {
  let run = 0;
  const watch: Store<ConfigMap>['watch'] = async function* (_options, signal) {
    const changes = runs[run++] ?? [];
    yield* changes;
    if (run < runs.length) throw new Error('lost');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  return { watch } as Store<ConfigMap>;
};

describe('follow', () => {
  const run = (store: Store<ConfigMap>) => {
    const clock = createFakeClock();
    const seen: string[] = [];
    const names = (items: readonly KubeObject[]) =>
      items.map(({ metadata }) => metadata.name).join();
    const stop = new AbortController();
    const done = follow(
      store,
      {
        replace: (items) => seen.push(`=${names(items)}`),
        put: (item) => seen.push(`+${names([item])}`),
        remove: (item) => seen.push(`-${names([item])}`),
      },
      { clock, random: () => 0, logger: silentLogger, onSynced: () => seen.push('synced') },
      stop.signal,
    );
    return { clock, seen, stop, done };
  };

  it('gives the present state whole, then every change', async () => {
    const { clock, seen, stop, done } = run(
      playing([
        added(a),
        added(b),
        synced,
        { type: 'MODIFIED', object: a },
        { type: 'DELETED', object: b },
      ]),
    );
    await clock.advance(0);
    assert.deepEqual(seen, ['=a,b', 'synced', '+a', '-b']);
    stop.abort();
    await done;
  });

  it('begins again when the store was lost, and forgets a state it never had whole', async () => {
    const { clock, seen, stop, done } = run(playing([added(a)], [added(b), synced], [synced]));
    await clock.advance(0);
    assert.deepEqual(seen, []);
    await clock.advance(100);
    assert.deepEqual(seen, ['=b', 'synced']);
    await clock.advance(100);
    assert.deepEqual(seen, ['=b', 'synced', '=', 'synced']);
    stop.abort();
    await done;
  });
});
