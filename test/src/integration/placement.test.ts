import assert from 'node:assert/strict';
import {
  deployments,
  namespaces,
  nodes as nodeType,
  pathOf,
  placementPlans,
  pods as podType,
  replicaSets,
  roleBindings,
  serviceAccounts,
} from '@berth/api';
import type {
  KubeObject,
  Node,
  PlacementExplanation,
  PlacementPlan,
  PlacementRules,
  PlannedPod,
  Pod,
  ResourceType,
} from '@berth/api';
import { makeNode } from '@berth/api/testing';
import { createClient } from '@berth/client';
import { createTestStorage } from '@berth/storage/testing';
import { eventually } from '../eventually.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

/** A small generator of numbers from 0 to 1. */
function dice(seed: number): () => number {
  let state = (seed + 1) * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return state / 2 ** 32;
  };
}

const zone = 'topology.kubernetes.io/zone';
const sizes = ['1', '2', '4'] as const;

/** Nodes that nothing runs on: pods are placed, and that is all. */
const nodesOf = (count: number, random: () => number): readonly Node[] =>
  Array.from({ length: count }, (_, i) => {
    const name = `n${i}`;
    const cpu = sizes[Math.floor(random() * sizes.length)]!;
    const allocatable = { cpu, memory: `${4 + Math.floor(random() * 8)}Gi`, pods: '20' };
    const labels = { 'kubernetes.io/hostname': name, [zone]: `z${i % 3}` };
    const taints = random() < 0.2 ? [{ key: 'dedicated', value: 'a', effect: 'NoSchedule' }] : [];
    return makeNode(name, { taints }, { metadata: { labels }, status: { allocatable } });
  });

interface Manifest extends KubeObject {
  readonly spec: object;
}

function manifest(number: number, random: () => number): readonly [ResourceType, Manifest] {
  const pick = <T>(...items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const name = `w${number}`;
  const labels = { app: name, tier: pick('x', 'y') };
  const selector = { matchLabels: labels };
  const requests = { cpu: pick('100m', '250m', '500m', '900m'), memory: pick('64Mi', '512Mi') };
  const spec = {
    containers: [{ name: 'main', image: 'example.com/app:1', resources: { requests } }],
    ...(random() < 0.3 && {
      tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
    }),
    ...(random() < 0.3 && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: pick(zone, 'kubernetes.io/hostname'),
          whenUnsatisfiable: pick('DoNotSchedule', 'ScheduleAnyway'),
          labelSelector: selector,
        },
      ],
    }),
    ...(random() < 0.3 && {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: { tier: pick('x', 'y') } },
            },
          ],
        },
      },
    }),
    ...(random() < 0.2 && { nodeSelector: { [zone]: pick('z0', 'z1') } }),
  };
  const template = { metadata: { labels }, spec };
  const replicas = 1 + Math.floor(random() * 6);
  const metadata = { name, namespace: 'default' } as KubeObject['metadata'];
  return pick<() => readonly [ResourceType, Manifest]>(
    () => [
      deployments,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: { replicas, selector, template },
      },
    ],
    () => [
      replicaSets,
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata,
        spec: { replicas, selector, template },
      },
    ],
    () => [podType, { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, labels }, spec }],
  )();
}

describe('placement', () => {
  let plane: ControlPlane;
  const storage = createTestStorage();
  const random = dice(7);

  before(async () => {
    plane = await startControlPlane(storage, {
      nodes: [],
      // Nobody reports for these nodes, and nobody shall miss it.
      controllers: { nodeLifecycle: { gracePeriodMs: 3_600_000, monitorPeriodMs: 3_600_000 } },
    });
    for (const node of nodesOf(9, random)) {
      const { metadata, spec, status } = node;
      await plane.client.create(nodeType, {
        metadata: { name: metadata.name, labels: metadata.labels! },
        spec,
      });
      await plane.client.patch(nodeType, metadata, 'merge', { status }, { subresource: 'status' });
      // Nobody reports for them, and they count as new.
      await plane.client.patch(nodeType, metadata, 'merge', {
        spec: { taints: spec.taints ?? [] },
      });
    }
    const account = { namespace: 'default', name: 'default' };
    await eventually(() =>
      plane.client.get(serviceAccounts, account).then(
        () => true,
        () => false,
      ),
    );
  });
  after(async () => {
    await plane.close();
    await storage.close();
  });

  const plan = (...objects: readonly object[]): Promise<PlacementPlan> =>
    plane.client.create(placementPlans, {
      metadata: { namespace: 'default' },
      spec: { objects },
    });
  const revision = async () => (await plane.client.list(podType)).metadata.resourceVersion ?? '';

  /** The pods of an app once the scheduler has looked at all of them. */
  const settled = async (app: string, count: number): Promise<readonly Pod[]> => {
    let found: readonly Pod[] = [];
    await eventually(async () => {
      const { items } = await plane.client.list(podType, { labelSelector: `app=${app}` });
      found = items;
      return (
        items.length === count &&
        items.every(
          ({ spec, status }) =>
            spec.nodeName ?? status?.conditions?.some(({ type }) => type === 'PodScheduled'),
        )
      );
    });
    return found;
  };
  /** Without nodes that say they have stopped, pods go when they are told to go at once. */
  const clear = async (type: ResourceType, { metadata }: KubeObject) => {
    const { client } = plane;
    if (type !== podType) await client.remove(type, metadata, { propagationPolicy: 'Background' });
    const rest = { labelSelector: `app=${metadata.name}` };
    await eventually(async () => {
      const left = [...(await client.list(podType, rest)).items];
      for (const pod of left)
        await client
          .remove(podType, pod.metadata, { gracePeriodSeconds: 0 })
          .catch(() => undefined);
      const sets = type === deployments ? (await client.list(replicaSets, rest)).items : [];
      return left.length + sets.length === 0;
    });
  };
  it('is planned as it comes, for 100 manifests one after the other', async function () {
    this.timeout(120_000);
    for (let i = 0; i < 100; i += 1) {
      const [type, object] = manifest(i, random);
      const before = await revision();
      const { status } = await plan(object);
      assert.equal(await revision(), before, 'a plan changes nothing');
      const planned: readonly PlannedPod[] = status?.pods ?? [];
      await plane.client.create(type, object);
      const came = await settled(object.metadata.name, planned.length);
      assert.deepEqual(
        planned.map(({ node }) => node ?? 'none').sort(),
        came.map(({ spec }) => spec.nodeName ?? 'none').sort(),
        JSON.stringify(object),
      );
      // Room for others.
      if (i % 3 > 0 || came.some(({ spec }) => !spec.nodeName)) await clear(type, object);
    }
  });

  it('is explained by a subresource', async () => {
    const [pod] = (await plane.client.list(podType)).items;
    const { status } = await plane.client.getPath<PlacementExplanation>(
      `${pathOf(podType, pod!.metadata)}/why`,
    );
    assert.ok(status.outcome === 'Bound' || status.outcome === 'Unschedulable');
    assert.equal(status.nodes.length, 9);
  });

  it('is told to those who may ask, and to nobody else', async () => {
    const metadata = { name: 'asked', namespace: 'default' };
    const spec = { containers: [{ name: 'c', image: 'example.com/app:1' }] };
    await plane.client.create(podType, { metadata, spec });
    const askAs = (name: string) =>
      createClient(plane.api.as({ name, groups: ['system:authenticated'] }), {
        userAgent: 'test',
      }).getPath<PlacementExplanation>(`${pathOf(podType, metadata)}/why`);
    await assert.rejects(askAs('eve'), /cannot get resource "pods\/why"/);
    await plane.client.create(roleBindings, {
      metadata: { name: 'viewers', namespace: 'default' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', name: 'vera', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    await eventually(() => askAs('vera').catch(() => undefined));
  });

  it('is explained and planned by other rules than those of the scheduler, for whoever says which', async () => {
    const configuration = `
      apiVersion: kubescheduler.config.k8s.io/v1
      kind: KubeSchedulerConfiguration
      profiles:
        - schedulerName: default-scheduler
        - schedulerName: lenient
          plugins: { multiPoint: { disabled: [{ name: NodeResourcesFit }] } }
    `;
    const metadata = { name: 'greedy', namespace: 'default' };
    const container = {
      ...{ name: 'c', image: 'example.com/app:1' },
      resources: { requests: { cpu: '1000' } },
    };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container] } };
    const planned = async (rules?: PlacementRules) => {
      const { status } = await plane.client.create<PlacementPlan>(placementPlans, {
        metadata: { namespace: 'default' },
        spec: { objects: [pod], ...(rules && { rules }) },
      });
      return status?.pods[0]?.node !== undefined;
    };
    const lenient = { configuration, profile: 'lenient' };
    assert.deepEqual(
      [await planned(), await planned({ configuration }), await planned(lenient)],
      [false, false, true],
    );
    await assert.rejects(
      planned({ profile: 'lenient' }),
      /there is no profile "lenient", only "default-scheduler"/,
    );
    await assert.rejects(planned({ configuration: 'kind: Pod' }), /no kind "Pod" is registered/);
    await assert.rejects(planned({ profile: 1 } as never), /must be an object of strings/);

    await plane.client.create(podType, pod);
    const outcome = async (rules: Readonly<Record<string, string>>) => {
      const query = new URLSearchParams(rules).toString();
      const path = `${pathOf(podType, metadata)}/why?${query}`;
      const { status } = await plane.client.getPath<PlacementExplanation>(path);
      return [status.outcome, status.nodes.some(({ fits }) => fits)];
    };
    assert.deepEqual(await outcome({}), ['Unschedulable', false]);
    assert.equal((await outcome(lenient))[1], true);
    await assert.rejects(outcome({ profile: 'lenient' }), /there is no profile "lenient"/);
    await plane.client.remove(podType, metadata, { gracePeriodSeconds: 0 });
  });

  it('is planned for namespaces that are only planned; what is refused is named', async () => {
    const metadata = { name: 'p', namespace: 'planned' };
    const spec = { containers: [{ name: 'c', image: 'example.com/app:1' }] };
    const { status } = await plan(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'planned' } },
      { apiVersion: 'v1', kind: 'Pod', metadata, spec },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bad' }, spec: { containers: [] } },
      { apiVersion: 'example.com/v1', kind: 'Unknown', metadata: { name: 'x' } },
    );
    assert.deepEqual(
      status?.objects.map(({ object, outcome }) => [object.name, outcome]),
      [
        ['planned', 'Created'],
        ['p', 'Created'],
        ['bad', 'Refused'],
        ['x', 'Refused'],
      ],
    );
    assert.deepEqual(
      status.pods.map(({ pod }) => pod),
      [{ kind: 'Pod', ...metadata }],
    );
    const { items } = await plane.client.list(namespaces);
    assert.ok(items.every((namespace) => namespace.metadata.name !== 'planned'));
  });
});
