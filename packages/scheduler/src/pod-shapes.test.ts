import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { createPodShapes } from './pod-shapes.ts';

const shapes = createPodShapes();
const labelled = (name: string, labels: Record<string, string>, spec = {}): Pod =>
  makePod(name, spec, { metadata: { labels } });
const isSame = (a: Pod, b: Pod) => shapes.of(a) === shapes.of(b);
const asking = (cpu: string) => ({
  containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
});

describe('createPodShapes', () => {
  const cases: readonly (readonly [string, Pod, Pod, boolean])[] = [
    ['names and uids', makePod('a'), makePod('b'), true],
    ['priorities', makePod('a', { priority: 1 }), makePod('b', { priority: 2 }), true],
    ['labels', labelled('a', { app: 'x' }), labelled('b', { app: 'y' }), false],
    ['requests', makePod('a', asking('1')), makePod('b', asking('2')), false],
    [
      'environments',
      makePod('a', { containers: [{ name: 'c', image: 'i', env: [{ name: 'A', value: '1' }] }] }),
      makePod('b', { containers: [{ name: 'c', image: 'i' }] }),
      true,
    ],
    [
      'tokens that are mounted anywhere',
      makePod('a', { volumes: [{ name: 'kube-api-access-x', projected: {} }] }),
      makePod('b', { volumes: [{ name: 'kube-api-access-y', projected: {} }] }),
      true,
    ],
    [
      'claims',
      makePod('a', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'x' } }] }),
      makePod('b', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'y' } }] }),
      false,
    ],
    [
      'claims that are made for each',
      makePod('a', { volumes: [{ name: 'v', ephemeral: {} }] }),
      makePod('b', { volumes: [{ name: 'v', ephemeral: {} }] }),
      false,
    ],
    [
      'those that stay and those that go',
      makePod('a'),
      makePod('b', {}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      false,
    ],
  ];
  for (const [what, a, b, expected] of cases)
    it(`${expected ? 'overlooks' : 'minds'} ${what}`, () => {
      assert.equal(isSame(a, b), expected);
    });

  it('overlooks the labels of single replicas until a selector asks for them', () => {
    const mine = createPodShapes();
    const key = 'statefulset.kubernetes.io/pod-name';
    const [a, b] = [labelled('a', { [key]: 'a' }), labelled('b', { [key]: 'b' })];
    assert.equal(mine.of(a), mine.of(b));
    const { epoch } = mine;
    const labelSelector = { matchLabels: { [key]: 'a' } };
    mine.of(
      labelled(
        'c',
        {},
        {
          topologySpreadConstraints: [
            { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector },
          ],
        },
      ),
    );
    assert.equal(mine.epoch, epoch + 1);
    assert.notEqual(mine.of(a), mine.of(b));
  });
});
