import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { holdTogether } from './holds.ts';
import type { Hold } from './holds.ts';
import { createPodInfo } from './pod-info.ts';

describe('holdTogether', () => {
  it('tells all of everything, and holds what any of them holds', () => {
    const said: string[] = [];
    const holdOf = (name: string): Hold => ({
      came: ({ key }, nodeName) => said.push(`${name}: ${key} on ${nodeName ?? 'nothing'}`),
      went: (key) => said.push(`${name}: without ${key}`),
      whyHeld: ({ pod }) => (pod.metadata.labels?.[name] ? `waiting for ${name}` : undefined),
    });
    const hold = holdTogether([holdOf('a'), holdOf('b')]);
    const pod = (labels: Readonly<Record<string, string>>) =>
      createPodInfo(makePod('p', {}, { metadata: { labels } }));
    hold.came(pod({}));
    hold.came(pod({}), 'n1');
    hold.went('default/p');
    assert.deepEqual(said, [
      'a: default/p on nothing',
      'b: default/p on nothing',
      'a: default/p on n1',
      'b: default/p on n1',
      'a: without default/p',
      'b: without default/p',
    ]);
    assert.deepEqual(
      [{}, { b: '1' }, { a: '1', b: '1' }].map((labels) => hold.whyHeld(pod(labels))),
      [undefined, 'waiting for b', 'waiting for a'],
    );
  });
});
