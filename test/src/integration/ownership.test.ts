import assert from 'node:assert/strict';
import {
  apiServices,
  configMaps,
  customResourceDefinitions,
  namespaces,
  nodes,
  pods,
  services,
} from '@berth/api';
import type { APIGroupList, KubeObject, Pod, ResourceType } from '@berth/api';
import { makePod, makeService } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { patience, setStage } from './stage.ts';

const fleets: ResourceType = {
  ...{ group: 'owners.example.com', version: 'v1', resource: 'fleets', singular: 'fleet' },
  ...{ kind: 'Fleet', namespaced: true, shortNames: [], categories: [] },
};

describe('ownership', () => {
  const stage = setStage();
  const owner = ({ metadata }: Pod) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  });

  it('in a circle keeps nothing from being deleted', async () => {
    const made = [];
    for (const name of ['pod1', 'pod2', 'pod3'])
      made.push(await stage.make(pods, name, { spec: makePod(name).spec }));
    const [first, second, third] = made as [Pod, Pod, Pod];
    for (const [pod, by] of [
      [first, third],
      [second, first],
      [third, second],
    ] as const)
      await stage.patch(pods, pod.metadata.name, { metadata: { ownerReferences: [owner(by)] } });
    await stage.remove(pods, 'pod1', 'Foreground');
    await eventually(async () => (await stage.list(pods)).length === 0, patience);
  });

  it('by custom resources works as by others, from the day of their definition on', async () => {
    const { group, resource, kind } = fleets;
    await stage.client.create(customResourceDefinitions, {
      metadata: { name: `${resource}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: resource, singular: fleets.singular, kind, listKind: `${kind}List` },
        versions: [
          {
            name: fleets.version,
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    });
    const make = (name: string, metadata: Partial<KubeObject['metadata']> = {}) =>
      eventuallyHolds(() => stage.make(fleets, name, {}, metadata), patience);
    const ownedBy = ({ metadata }: KubeObject) => ({
      ownerReferences: [
        {
          ...{ apiVersion: `${group}/${fleets.version}`, kind },
          ...{ name: metadata.name, uid: metadata.uid, blockOwnerDeletion: true },
        },
      ],
    });
    for (const policy of ['Background', 'Foreground', 'Orphan'] as const) {
      const name = policy.toLowerCase();
      const owner = await make(name);
      await stage.make(configMaps, name, {}, ownedBy(owner));
      await make(`${name}-small`, ownedBy(owner));
      await stage.remove(fleets, name, policy);
      const isKept = policy === 'Orphan';
      await eventuallyHolds(async () => {
        assert.equal(await stage.exists(fleets, name), false, `${policy}: owner`);
        assert.equal(await stage.exists(configMaps, name), isKept, `${policy}: ConfigMap`);
        assert.equal(await stage.exists(fleets, `${name}-small`), isKept, `${policy}: fleet`);
      }, patience);
    }
    await stage.client.remove(customResourceDefinitions, { name: `${resource}.${group}` });
  });

  it('by a namespace takes services along, and only those', async () => {
    const name = `${stage.namespace}-other`;
    await stage.client.create(namespaces, { metadata: { name }, spec: {} });
    const { spec } = makeService('web');
    await stage.client.create(services, { metadata: { namespace: name, name: 'web' }, spec });
    await stage.make(services, 'web', { spec });
    await stage.client.remove(namespaces, { name });
    await eventually(
      () =>
        stage.client.get(namespaces, { name }).then(
          () => false,
          () => true,
        ),
      patience,
    );
    await stage.client.create(namespaces, { metadata: { name }, spec: {} });
    assert.deepEqual((await stage.client.list(services, { namespace: name })).items, []);
    assert.equal(await stage.exists(services, 'web'), true);
  });

  it('by a namespace ends with pods first, and says what it waits for', async () => {
    const name = `${stage.namespace}-slow`;
    await stage.client.create(namespaces, { metadata: { name }, spec: {} });
    await stage.client.create(services, {
      metadata: { namespace: name, name: 'web' },
      spec: makeService('web').spec,
    });
    const holding = { finalizers: ['example.com/hold'] };
    await eventually(
      () =>
        stage.client
          .create(pods, {
            metadata: { namespace: name, name: 'held', ...holding },
            spec: makePod('held').spec,
          })
          .then(
            () => true,
            () => false,
          ),
      patience,
    );
    await stage.client.remove(namespaces, { name });
    await eventuallyHolds(async () => {
      const { status } = await stage.client.get(namespaces, { name });
      const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
      assert.equal(condition('NamespaceContentRemaining')?.status, 'True');
      assert.match(condition('NamespaceContentRemaining')?.message ?? '', /pods\. has 1 resource/);
      assert.match(
        condition('NamespaceFinalizersRemaining')?.message ?? '',
        /example.com\/hold in 1 resource instances/,
      );
      assert.equal(condition('NamespaceDeletionContentFailure')?.status, 'False');
      assert.equal(condition('NamespaceDeletionDiscoveryFailure')?.status, 'False');
    }, patience);
    assert.equal((await stage.client.list(services, { namespace: name })).items.length, 1);
    await stage.client.patch(pods, { namespace: name, name: 'held' }, 'merge', {
      metadata: { finalizers: [] },
    });
    await eventually(
      () =>
        stage.client.get(namespaces, { name }).then(
          () => false,
          () => true,
        ),
      patience,
    );
  });
});

describe('a namespace', () => {
  const stage = setStage();

  it('is emptied as far as groups are served, and kept as long as one does not answer', async () => {
    const name = `${stage.namespace}-away`;
    await stage.client.create(namespaces, { metadata: { name }, spec: {} });
    await stage.client.create(configMaps, { metadata: { namespace: name, name: 'a' } });
    const service = { name: 'v1.away.example.com' };
    await stage.client.create(apiServices, {
      metadata: service,
      spec: {
        ...{ group: 'away.example.com', version: 'v1', groupPriorityMinimum: 10 },
        ...{ versionPriority: 10, insecureSkipTLSVerify: true },
        service: { namespace: 'default', name: 'nobody' },
      },
    });
    await eventually(async () => {
      const { groups } = await stage.client.getPath<APIGroupList>('/apis');
      return groups.some((group) => group.name === 'away.example.com');
    }, patience);
    await stage.client.remove(namespaces, { name });
    await eventuallyHolds(async () => {
      const { status } = await stage.client.get(namespaces, { name });
      const failed = status?.conditions?.find(
        ({ type }) => type === 'NamespaceDeletionDiscoveryFailure',
      );
      assert.deepEqual([failed?.status, failed?.reason], ['True', 'DiscoveryFailed']);
      assert.match(failed?.message ?? '', /1 failing: .*away\.example\.com\/v1: /);
      assert.deepEqual((await stage.client.list(configMaps, { namespace: name })).items, []);
    }, patience);
    await stage.client.remove(apiServices, service);
    await eventually(
      () =>
        stage.client.get(namespaces, { name }).then(
          () => false,
          () => true,
        ),
      patience,
    );
  });
});

describe('a pod on a node with a taint that it does not tolerate', () => {
  const stage = setStage();

  it('is told why it has to leave, and leaves', async () => {
    const taints = [{ key: 'example.com/broken', effect: 'NoExecute' }];
    await stage.client.create(nodes, { metadata: { name: 'broken' }, spec: { taints } });
    const spec = { ...makePod('doomed').spec, nodeName: 'broken' };
    await stage.make(pods, 'doomed', { spec }, { finalizers: ['example.com/look'] });
    await eventuallyHolds(async () => {
      const { status, metadata } = await stage.get(pods, 'doomed');
      const condition = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
      assert.deepEqual(
        [condition?.status, condition?.reason, condition?.message, condition?.observedGeneration],
        [
          ...['True', 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint'],
          1,
        ],
      );
      assert.ok(metadata.deletionTimestamp);
    }, patience);
    await stage.told('TaintManagerEviction');
    await stage.patch(pods, 'doomed', { metadata: { finalizers: [] } });
  });
});

describe('a pod that no node will ever report gone', () => {
  const stage = setStage(undefined, {
    controllers: { podCleanup: { periodMs: 50, quarantineMs: 100, terminatedPodThreshold: 2 } },
  });

  it('is removed when its node does not exist', async () => {
    const spec = { ...makePod('lost').spec, nodeName: 'nowhere' };
    await stage.make(pods, 'lost', { spec }, { finalizers: ['example.com/look'] });
    await eventuallyHolds(async () => {
      const { status, metadata } = await stage.get(pods, 'lost');
      assert.equal(status?.phase, 'Failed');
      const condition = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
      assert.equal(condition?.reason, 'DeletionByPodGC');
      assert.equal(condition.observedGeneration, 1);
      assert.ok(metadata.deletionTimestamp);
    }, patience);
    await stage.patch(pods, 'lost', { metadata: { finalizers: [] } });
    await eventually(async () => !(await stage.exists(pods, 'lost')), patience);
  });

  it('is removed when it has ended, and more have than may stay', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await stage.make(pods, name, { spec: makePod(name).spec });
      const status = { status: { phase: 'Succeeded' } };
      await stage.client.patch(pods, { namespace: stage.namespace, name }, 'merge', status, {
        subresource: 'status',
      });
    }
    await eventually(async () => (await stage.list(pods)).length === 2, patience);
  });
});
