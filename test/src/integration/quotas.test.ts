import assert from 'node:assert/strict';
import {
  configMaps,
  pods,
  replicaSets,
  replicationControllers,
  resourceQuotas,
  secrets,
  services,
} from '@berth/api';
import type { ResourceType } from '@berth/api';
import { makePod, makePodTemplate, makeReplicaSet, makeService } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { patience, setStage } from './stage.ts';

describe('a resource quota', () => {
  const stage = setStage();
  type Amounts = Readonly<Record<string, string>>;
  const used = async (name = 'q') => (await stage.get(resourceQuotas, name)).status?.used ?? {};
  const settles = (expected: Readonly<Record<string, string>>, name = 'q') =>
    eventuallyHolds(async () => {
      const all = await used(name);
      for (const [what, amount] of Object.entries(expected)) assert.equal(all[what], amount, what);
    }, patience);
  const limit = (hard: Readonly<Record<string, string>>, rest = {}, name = 'q') =>
    stage.make(resourceQuotas, name, { spec: { hard, ...rest } });
  const container = (requests: Amounts, limits: Amounts = {}) => ({
    containers: [{ name: 'c', image: 'i', resources: { requests, limits } }],
  });

  const kinds: readonly {
    readonly type: ResourceType;
    readonly body: object;
    /** What one of them uses. */
    readonly uses: Readonly<Record<string, string>>;
  }[] = [
    { type: configMaps, body: { data: {} }, uses: { configmaps: '1', 'count/configmaps': '1' } },
    { type: secrets, body: { stringData: { a: 'b' } }, uses: { secrets: '1' } },
    {
      type: services,
      body: { spec: { ...makeService('w').spec, type: 'NodePort' } },
      uses: { services: '1', 'services.nodeports': '1', 'services.loadbalancers': '0' },
    },
    {
      type: pods,
      body: { spec: container({ cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi' }) },
      uses: {
        pods: '1',
        cpu: '500m',
        'requests.memory': '252Mi',
        'requests.ephemeral-storage': '30Gi',
      },
    },
    {
      type: replicaSets,
      body: { spec: { ...makeReplicaSet('w').spec, replicas: 0 } },
      uses: { 'count/replicasets.apps': '1' },
    },
    {
      type: replicationControllers,
      body: {
        spec: { replicas: 0, selector: { a: 'b' }, template: makePodTemplate({ a: 'b' }) },
      },
      uses: { replicationcontrollers: '1' },
    },
  ];
  for (const { type, body, uses } of kinds) {
    it(`takes and gives back with the life of ${type.resource}`, async () => {
      // What a namespace comes with counts, too.
      await eventually(() => stage.exists(configMaps, 'kube-root-ca.crt'), patience);
      const there = (await stage.list(type)).length;
      const plus = (amount: string, more: number) =>
        /^\d+$/.test(amount) ? String(Number(amount) + more) : amount;
      const of = (more: number, amounts = uses) =>
        Object.fromEntries(Object.entries(amounts).map(([k, v]) => [k, plus(v, more)]));
      const none = Object.fromEntries(Object.keys(uses).map((k) => [k, '0']));
      await limit(
        Object.fromEntries(
          Object.keys(uses).map((k) => [
            k,
            k.includes('.memory') || k.includes('storage') ? '60Gi' : '20',
          ]),
        ),
      );
      await settles(of(there, none));
      await stage.make(type, 'one', body);
      await settles(of(there));
      await stage.remove(type, 'one');
      await settles(of(there, none));
    });
  }

  it('refuses what goes beyond it, and takes what then fits', async () => {
    await limit({ pods: '5', cpu: '1' });
    await settles({ pods: '0', cpu: '0' });
    await stage.make(pods, 'fits', { spec: container({ cpu: '500m' }) });
    await settles({ pods: '1', cpu: '500m' });
    await assert.rejects(
      stage.make(pods, 'big', { spec: container({ cpu: '600m' }) }),
      /exceeded quota: q, requested: cpu=600m, used: cpu=500m, limited: cpu=1/,
    );
    await assert.rejects(stage.make(pods, 'mute', { spec: container({}) }), /must specify cpu/);
    assert.equal((await used())['pods'], '1');
  });

  it('counts by scope: best effort or not, terminating or not', async () => {
    const scoped = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating'];
    for (const scope of scoped)
      await limit({ pods: '5' }, { scopes: [scope] }, scope.toLowerCase());
    const counts = (expected: readonly string[]) =>
      Promise.all(scoped.map((scope, i) => settles({ pods: expected[i]! }, scope.toLowerCase())));
    await counts(['0', '0', '0', '0']);
    await stage.make(pods, 'plain', { spec: makePod('p').spec });
    await counts(['1', '0', '0', '1']);
    await stage.make(pods, 'short', {
      spec: { ...container({ cpu: '1' }, { cpu: '1' }), activeDeadlineSeconds: 3600 },
    });
    await counts(['1', '1', '1', '1']);
    await stage.remove(pods, 'plain');
    await counts(['0', '1', '1', '0']);
  });

  it('says what it should say again when somebody changed its status', async () => {
    await limit({ configmaps: '10' });
    await settles({ configmaps: '1' });
    const ref = { namespace: stage.namespace, name: 'q' };
    await stage.client.patch(
      resourceQuotas,
      ref,
      'merge',
      { status: { hard: { configmaps: '3' } } },
      { subresource: 'status' },
    );
    await eventuallyHolds(async () => {
      const { spec, status } = await stage.get(resourceQuotas, 'q');
      assert.deepEqual(status?.hard, spec.hard);
    }, patience);
    await stage.patch(resourceQuotas, 'q', { spec: { hard: { configmaps: '4' } } });
    await eventuallyHolds(async () => {
      const { status } = await stage.get(resourceQuotas, 'q');
      assert.deepEqual([status?.hard?.['configmaps'], status?.used?.['configmaps']], ['4', '1']);
    }, patience);
  });
});
