import assert from 'node:assert/strict';
import type { ConfigMap } from '@berth/api';
import { makeConfigMap } from '@berth/api/testing';
import type { WatchEvent } from '@berth/component-base/node-protocol';
import fc from 'fast-check';

import { createLevel } from './level.ts';

const event = (type: WatchEvent['type'], object: ConfigMap): WatchEvent => ({
  type,
  objectJson: new TextEncoder().encode(JSON.stringify(object)),
});
const synced: WatchEvent = { type: 'SYNCED', objectJson: new Uint8Array() };
const at = (name: string, version: number) => {
  const map = makeConfigMap(name, {});
  return { ...map, metadata: { ...map.metadata, resourceVersion: String(version) } };
};

describe('level', () => {
  it('shows the last known state until the next one is complete', () => {
    const level = createLevel<ConfigMap>();
    const first = level.begin();
    first(event('PUT', at('a', 1)));
    first(event('PUT', at('b', 2)));
    assert.equal(level.hasSynced(), false);
    first(synced);
    assert.equal(level.hasSynced(), true);
    const told: string[] = [];
    const stop = level.onChange((key) => told.push(key));
    const second = level.begin();
    second(event('PUT', at('b', 2)));
    assert.equal(level.list().length, 2);
    second(synced);
    assert.deepEqual(told, ['default/a']);
    assert.equal(level.get('default/a'), undefined);
    stop();
    second(event('DELETE', at('b', 3)));
    assert.deepEqual(told, ['default/a']);
    assert.equal(level.list().length, 0);
  });

  it('is what was named last, whatever came before', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'));
    fc.assert(
      fc.property(names, names, (before, after) => {
        const level = createLevel<ConfigMap>();
        for (const list of [before, after]) {
          const take = level.begin();
          for (const name of list) take(event('PUT', at(name, 1)));
          take(synced);
        }
        const shown = level.list().map(({ metadata }) => metadata.name);
        assert.deepEqual(shown.sort(), [...new Set(after)].sort());
      }),
    );
  });
});
