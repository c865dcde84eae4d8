import assert from 'node:assert/strict';
import { queueNameLabel, queues } from '@berth/api';
import type { KubeObject, Pod, ResourceType } from '@berth/api';
import { makeNode, makePod, makeQueue } from '@berth/api/testing';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { createPodPlacement } from '../placement/create-placement.ts';
import { createProfile } from '../profiles.ts';

const { profiles } = readConfiguration(`
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles: [{plugins: {multiPoint: {enabled: [{name: FairQueues}]}}}]
`);
const podOf = (name: string, queue: string, nodeName?: string): Pod =>
  makePod(
    name,
    {
      schedulerName: 'default-scheduler',
      containers: [{ name: 'main', image: 'a', resources: { requests: { cpu: '1' } } }],
      ...(nodeName !== undefined && { nodeName }),
    },
    { metadata: { labels: { [queueNameLabel]: queue } } },
  );

describe('placement of pods in queues', () => {
  const objects: readonly (readonly [string, readonly KubeObject[]])[] = [
    ['nodes', [makeNode('n1')]],
    [queues.resource, [makeQueue('a', { nominalQuota: { cpu: '2' } })]],
    ['pods', [podOf('there', 'a', 'n1')]],
  ];
  const placement = createPodPlacement({
    profiles: profiles.map((profile) => createProfile(profile)),
    reads: {
      list: <T extends KubeObject>({ resource }: ResourceType<T>) =>
        Promise.resolve((new Map(objects).get(resource) ?? []) as readonly T[]),
      serves: () => true,
    },
  });

  it('holds those back that a plan takes over the quota', async () => {
    const planned = await placement.place([podOf('b', 'a'), podOf('c', 'a'), podOf('d', 'other')]);
    assert.deepEqual(
      planned.map(({ nodeName, message }) => nodeName ?? message),
      [
        'n1',
        'queue "a" is at its quota: requested: cpu=1, used: cpu=2, limited: cpu=2',
        'queue "other" does not exist',
      ],
    );
  });

  it('tells of a pod what its queue has against it', async () => {
    const free = await placement.explain(podOf('b', 'a'));
    assert.equal(free.status.outcome, 'Schedulable');
    const held = await placement.explain(podOf('e', 'other'));
    assert.deepEqual(
      [held.status.outcome, held.status.message],
      ['Gated', 'queue "other" does not exist'],
    );
    const bound = await placement.explain(podOf('there', 'a', 'n1'));
    assert.equal(bound.status.outcome, 'Bound');
  });
});
