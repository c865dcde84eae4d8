import assert from 'node:assert/strict';
import { controllerRevisions, daemonSets, nodes, pods } from '@berth/api';
import type { DaemonSetSpec, PodSpec } from '@berth/api';
import { makeDaemonSet, makePodTemplate } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { patience, setStage } from './stage.ts';

describe('a daemon set', () => {
  const stage = setStage();
  const make = (spec: Partial<DaemonSetSpec> = {}, podSpec: Partial<PodSpec> = {}) => {
    const template = makePodTemplate({ app: 'd' }, podSpec);
    return stage.make(daemonSets, 'd', { spec: { ...makeDaemonSet('d', spec).spec, template } });
  };
  const settles = (count: number) =>
    eventuallyHolds(async () => {
      const { status, metadata } = await stage.get(daemonSets, 'd');
      assert.equal(status?.observedGeneration, metadata.generation);
      assert.deepEqual(
        [status?.desiredNumberScheduled, status?.numberReady, status?.updatedNumberScheduled ?? 0],
        [count, count, count],
      );
      assert.equal((await stage.list(pods)).length, count);
    }, patience);
  const label = (name: string, disk: string | null) =>
    stage.client.patch(nodes, { name }, 'merge', { metadata: { labels: { disk } } });

  it('runs one pod on each node, and makes one anew that goes', async () => {
    await make();
    await settles(2);
    const made = await stage.list(pods);
    assert.deepEqual(made.map(({ spec }) => spec.nodeName).sort(), ['node-1', 'node-2']);
    const [first] = made;
    await stage.remove(pods, first!.metadata.name);
    await eventually(async () => !(await stage.exists(pods, first!.metadata.name)), patience);
    await settles(2);
  });

  it('follows the labels of nodes', async () => {
    await make({}, { nodeSelector: { disk: 'fast' } });
    await eventuallyHolds(async () => {
      const { status } = await stage.get(daemonSets, 'd');
      assert.equal(status?.desiredNumberScheduled, 0);
      assert.equal(status.observedGeneration, 1);
    }, patience);
    await label('node-2', 'fast');
    await settles(1);
    await label('node-2', null);
    await settles(0);
  });

  it('rolls from one template to the next, node by node', async () => {
    await make();
    await settles(2);
    await stage.client.patch(daemonSets, { namespace: stage.namespace, name: 'd' }, 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'main', image: 'example.com/app:2' }] } } },
    });
    await settles(2);
    const images = (await stage.list(pods)).map(({ spec }) => spec.containers[0]?.image);
    assert.deepEqual(images, ['example.com/app:2', 'example.com/app:2']);
    assert.equal((await stage.list(controllerRevisions)).length, 2);
  });

  it('makes a pod anew that failed', async () => {
    await make();
    await settles(2);
    const [first] = await stage.list(pods);
    const failed = { status: { phase: 'Failed' } };
    await stage.client.patch(pods, first!.metadata, 'merge', failed, { subresource: 'status' });
    await eventually(async () => !(await stage.exists(pods, first!.metadata.name)), patience);
    await settles(2);
    await stage.told('FailedDaemonPod');
  });
});
