import assert from 'node:assert/strict';
import { makeApiService } from '@berth/api/testing';
import { automanaged, planLocal } from './plan-local.ts';

const apps = { group: 'apps', version: 'v1' };
const labelled = (version: string, group: string, spec = {}) =>
  makeApiService(version, group, spec, { metadata: { labels: { [automanaged]: 'true' } } });

describe('the APIServices of what a server answers itself', () => {
  it('are made once, without the one of the aggregator', () => {
    const served = [apps, { group: '', version: 'v1' }, { group: 'example.com', version: 'v2' }];
    const own = { group: 'apiregistration.k8s.io', version: 'v1' };
    const { create, remove } = planLocal([...served, own], []);
    assert.deepEqual(
      create.map(({ metadata, spec }) => [
        metadata.name,
        metadata.labels?.[automanaged],
        spec.groupPriorityMinimum,
      ]),
      [
        ['v1.apps', 'onstart', 17_800],
        ['v1.', 'onstart', 18_000],
        ['v2.example.com', 'true', 1000],
      ],
    );
    assert.deepEqual(remove, []);
    assert.deepEqual(planLocal([apps], [makeApiService('v1', 'apps')]), { create: [], remove: [] });
  });

  it('go with what they stand for, unless somebody else wrote them', () => {
    const service = { namespace: 'a', name: 'b' };
    const existing = [
      labelled('v1', 'gone.example.com'),
      labelled('v1', 'taken.example.com', { service }),
      makeApiService('v1', 'theirs.example.com'),
    ];
    assert.deepEqual(planLocal([], existing).remove, ['v1.gone.example.com']);
  });
});
