import assert from 'node:assert/strict';
import { controllerOf, isDeepEqual } from '@berth/api';
import type { Pod } from '@berth/api';
import { makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { createPodShapes } from './pod-shapes.ts';

const shapes = createPodShapes();
const labelled = (name: string, labels: Record<string, string>, spec = {}): Pod =>
  makePod(name, spec, { metadata: { labels } });
const isSame = (a: Pod, b: Pod) => shapes.of(a) === shapes.of(b);
const uidOf = (pod: Pod) => controllerOf(pod)?.uid;
const isAlike = (a: Pod, b: Pod) =>
  isDeepEqual(a.metadata.labels, b.metadata.labels) &&
  isDeepEqual(a.spec.containers, b.spec.containers) &&
  controllerOf(a)?.name === controllerOf(b)?.name;
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

  it('tells pods by a label that one of them is the first to ask for', () => {
    const mine = createPodShapes();
    const key = 'statefulset.kubernetes.io/pod-name';
    const labelSelector = { matchLabels: { [key]: 'a' } };
    const spread = {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule' as const,
          labelSelector,
        },
      ],
    };
    const shape = mine.of(labelled('a', { [key]: 'a' }, spread));
    assert.equal(mine.of(labelled('b', { [key]: 'a' }, spread)), shape);
    assert.notEqual(mine.of(labelled('c', {}, spread)), shape);
  });

  it('gives one shape to no pods but those that are alike, whichever come between them', () => {
    const pod = fc
      .record({
        app: fc.nat(1),
        cpu: fc.constantFrom('1', '2'),
        uid: fc.constantFrom(undefined, 'u', 'v'),
        ports: fc.constantFrom(undefined, [], [{ containerPort: 1, hostPort: 80 }]),
      })
      .map(({ app, cpu, uid, ports }) =>
        makePod(
          'p',
          {
            containers: [{ name: 'c', resources: { requests: { cpu } }, ...(ports && { ports }) }],
          },
          {
            metadata: {
              labels: { app: `${app}` },
              ...(uid && {
                ownerReferences: [
                  { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid, controller: true },
                ],
              }),
            },
          },
        ),
      );
    fc.assert(
      fc.property(fc.array(pod), (pods) => {
        const mine = createPodShapes();
        const given = pods.map((each) => mine.of(each));
        for (const [i, each] of pods.entries()) {
          for (const [j, other] of pods.entries())
            if (given[i] === given[j]) assert.ok(isAlike(each, other));
          const before = pods.slice(0, i).findLastIndex((other) => uidOf(other) === uidOf(each));
          if (before >= 0 && isAlike(each, pods[before]!)) assert.equal(given[i], given[before]);
        }
      }),
    );
  });
});
