import assert from 'node:assert/strict';
import { findResource, findResources, resourcesOf } from './resources.ts';
import { parseTargets } from './targets.ts';
import { testResources as resources } from './testing/resources.ts';
import { UsageError } from './usage-error.ts';

const names = (text: string) => {
  const { resource, group, version } = findResource(resources, text);
  return [resource, version, group].filter(Boolean).join('.');
};

describe('findResource', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['pods', 'pods.v1'],
    ['pod', 'pods.v1'],
    ['po', 'pods.v1'],
    ['Pod', 'pods.v1'],
    ['deploy', 'deployments.v1.apps'],
    ['deployments.apps', 'deployments.v1.apps'],
    ['deployment.v1.apps', 'deployments.v1.apps'],
    ['hpa', 'horizontalpodautoscalers.v2.autoscaling'],
    ['hpa.v1.autoscaling', 'horizontalpodautoscalers.v1.autoscaling'],
    ['events', 'events.v1'],
    ['events.events.k8s.io', 'events.v1.events.k8s.io'],
  ];
  for (const [text, found] of cases) {
    it(`takes ${text} for ${found}`, () => assert.equal(names(text), found));
  }

  it('refuses other words', () => {
    assert.throws(
      () => findResource(resources, 'foo'),
      new UsageError('the server doesn\'t have a resource type "foo"'),
    );
  });

  it('takes a category for its members, one version of each', () => {
    assert.deepEqual(
      findResources(resources, 'all').map(({ resource }) => resource),
      [
        'pods',
        'replicationcontrollers',
        'services',
        'daemonsets',
        'deployments',
        'replicasets',
        'statefulsets',
        'horizontalpodautoscalers',
        'cronjobs',
        'jobs',
      ],
    );
  });

  it('prefers for each resource the first version that has it', () => {
    const versions = [
      { version: 'v1', resources: [{ resource: 'a' }] },
      { version: 'v1alpha1', resources: [{ resource: 'a' }, { resource: 'b' }] },
    ];
    const rows = resourcesOf([{ items: [{ metadata: { name: 'g' }, versions }] }]);
    assert.deepEqual(
      rows.map(({ resource, version, isPreferred }) => [resource, version, isPreferred]),
      [
        ['a', 'v1', true],
        ['a', 'v1alpha1', false],
        ['b', 'v1alpha1', true],
      ],
    );
  });

  it('survives a server that says nothing', () => {
    assert.deepEqual(resourcesOf([{}, { items: [{}] }]), []);
  });
});

describe('parseTargets', () => {
  const read = (...args: readonly string[]) =>
    parseTargets(resources, args).map(({ resource, name }) => [resource.resource, name]);

  it('reads every form of naming objects', () => {
    assert.deepEqual(read('pods'), [['pods', undefined]]);
    assert.deepEqual(read('po', 'a', 'b'), [
      ['pods', 'a'],
      ['pods', 'b'],
    ]);
    assert.deepEqual(read('po,svc', 'a'), [
      ['pods', 'a'],
      ['services', 'a'],
    ]);
    assert.deepEqual(read('po/a', 'svc/b'), [
      ['pods', 'a'],
      ['services', 'b'],
    ]);
  });

  it('refuses mixtures and halves', () => {
    for (const args of [['pods', 'a/b'], ['/a'], ['pods/'], ['a/b/c']]) {
      assert.throws(() => read(...args), UsageError, args.join(' '));
    }
  });
});
