import assert from 'node:assert/strict';
import { configMaps, deployments, podDisruptionBudgets, pods } from '@berth/api';
import type { PodDisruptionBudgetSpec } from '@berth/api';
import { makeDeployment, makePod } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { patience, setStage } from './stage.ts';

describe('a disruption budget', () => {
  const stage = setStage();
  const selector = { matchLabels: { app: 'web' } };
  const protect = (spec: PodDisruptionBudgetSpec, name = 'b') =>
    stage.make(
      podDisruptionBudgets,
      name,
      { spec: { selector, ...spec } },
      { labels: { of: 'test' } },
    );
  const settles = (healthy: number, desired: number, expected: number, allowed: number) =>
    eventuallyHolds(async () => {
      const { status, metadata } = await stage.get(podDisruptionBudgets, 'b');
      assert.ok(status);
      assert.equal(status.observedGeneration, metadata.generation);
      assert.deepEqual(
        [status.currentHealthy, status.desiredHealthy, status.expectedPods],
        [healthy, desired, expected],
      );
      assert.equal(status.disruptionsAllowed, allowed);
      const [condition] = status.conditions ?? [];
      assert.equal(condition?.reason, allowed > 0 ? 'SufficientPods' : 'InsufficientPods');
    }, patience);
  const deploy = (replicas: number) =>
    stage.make(deployments, 'web', { spec: makeDeployment('web', { replicas }).spec });
  const evict = (name: string) =>
    stage.client.createSubresource(pods, { namespace: stage.namespace, name }, 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace: stage.namespace, name },
    });

  it('counts the pods of a deployment in shares of what it wants, and lets go as many as may', async () => {
    await deploy(4);
    await protect({ maxUnavailable: '30%' });
    // 30 % of four are more than one: two.
    await settles(4, 2, 4, 2);
    const [first] = await stage.list(pods);
    await evict(first!.metadata.name);
    await eventually(async () => !(await stage.exists(pods, first!.metadata.name)), patience);
    await settles(4, 2, 4, 2);
    await stage.patch(deployments, 'web', { spec: { replicas: 10 } });
    await settles(10, 7, 10, 3);
  });

  it('counts pods without a controller by number', async () => {
    for (const name of ['a', 'b'])
      await stage.make(pods, name, { spec: makePod(name).spec }, { labels: { app: 'web' } });
    await protect({ minAvailable: 2 });
    await settles(2, 2, 2, 0);
    await stage.make(pods, 'c', { spec: makePod('c').spec }, { labels: { app: 'web' } });
    await settles(3, 2, 3, 1);
    await evict('a');
    await eventually(async () => !(await stage.exists(pods, 'a')), patience);
    await settles(2, 2, 2, 0);
  });

  it('allows nothing, and says why, when pods belong to something that has no scale', async () => {
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'kube-root-ca.crt',
      controller: true,
    };
    await eventually(() => stage.exists(configMaps, owner.name), patience);
    const { uid } = (await stage.get(configMaps, owner.name)).metadata;
    await stage.make(
      pods,
      'odd',
      { spec: makePod('odd').spec },
      { labels: { app: 'web' }, ownerReferences: [{ ...owner, uid }] },
    );
    await protect({ maxUnavailable: 1 });
    await eventuallyHolds(async () => {
      const { status } = await stage.get(podDisruptionBudgets, 'b');
      const [condition] = status?.conditions ?? [];
      assert.equal(condition?.reason, 'SyncFailed');
      assert.match(condition.message, /configmaps does not implement the scale subresource/);
      assert.equal(status?.disruptionsAllowed, 0);
    }, patience);
  });

  it('is listed over all namespaces and deleted as a collection', async () => {
    for (const name of ['x', 'y']) await protect({ minAvailable: 1 }, name);
    const labelSelector = 'of=test';
    const { items } = await stage.client.list(podDisruptionBudgets, { labelSelector });
    assert.ok(items.length >= 2);
    await stage.client.removeCollection(podDisruptionBudgets, {
      namespace: stage.namespace,
      labelSelector,
    });
    assert.deepEqual(await stage.list(podDisruptionBudgets), []);
  });
});
