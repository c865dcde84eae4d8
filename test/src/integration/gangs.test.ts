import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import {
  isInvalid,
  jobs,
  nodes,
  parseYamlDocuments,
  podGroups,
  pods,
  serviceAccounts,
  workloads,
} from '@berth/api';
import type { Draft, Job, PlacementExplanation, Pod, PodGroup } from '@berth/api';
import type { Client } from '@berth/client';
import type { Storage } from '@berth/storage';
import { onEachStore } from '@berth/storage/testing';
import { eventually } from '../eventually.ts';
import { repository } from '../testing/repository.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { registerNode } from './fake-kubelet.ts';

const namespace = 'default';
const container = {
  name: 'main',
  image: 'example.com/app:1',
  resources: { requests: { cpu: '1' } },
};
const member = (group: string, i: number): Draft<Pod> => ({
  metadata: { name: `${group}-${i}`, namespace },
  spec: { schedulingGroup: { podGroupName: group }, containers: [container] },
});

/** What a controller of workloads does: a Workload, and a PodGroup made from its template. */
async function createGroup(client: Client, name: string, minCount: number): Promise<void> {
  const schedulingPolicy = { gang: { minCount } };
  const template = { name: 'workers', schedulingPolicy };
  await client.create(workloads, {
    metadata: { name, namespace },
    spec: { podGroupTemplates: [template] },
  });
  const workload = { workloadName: name, podGroupTemplateName: template.name };
  await client.create(podGroups, {
    metadata: { name, namespace },
    spec: { schedulingPolicy, podGroupTemplateRef: { workload } },
  });
}

async function placedOf(client: Client, group: string): Promise<number> {
  const { items } = await client.list(pods, { namespace });
  return items.filter(({ spec }) => spec.nodeName && spec.schedulingGroup?.podGroupName === group)
    .length;
}
const outcomeOf = async (client: Client, name: string) => {
  const { status } = await client.get(podGroups, { namespace, name });
  const condition = status?.conditions?.find(({ type }) => type === 'PodGroupScheduled');
  return condition && [condition.status, condition.reason].join(' ');
};
const whyOf = async (client: Client, name: string) => {
  const explained = await client.getSubresource<PlacementExplanation>(
    pods,
    { namespace, name },
    'why',
  );
  return [explained.status.outcome, explained.status.message];
};

function describeGangs(title: string, open: () => Promise<Storage>): void {
  describe(`gangs on ${title}`, function () {
    this.timeout(60_000);
    let storage: Storage;
    let plane: ControlPlane;
    beforeEach(async () => {
      storage = await open();
      plane = await startControlPlane(storage, { nodes: [] });
      for (const [name, cpu] of [
        ['n1', '6'],
        ['n2', '4'],
      ] as const) {
        const room = { cpu, memory: '64Gi', pods: '110' };
        await registerNode(plane.client, name);
        const patch = { status: { capacity: room, allocatable: room } };
        await plane.client.patch(nodes, { name }, 'merge', patch, { subresource: 'status' });
      }
      await eventually(
        async () => (await plane.client.list(serviceAccounts, { namespace })).items.length > 0,
      );
    });
    afterEach(async () => {
      await plane.close();
      await storage.close();
    });

    it('run one of two gangs of eight on ten places, and the other one after it', async () => {
      const { client } = plane;
      await createGroup(client, 'a', 8);
      await createGroup(client, 'b', 8);
      for (let i = 0; i < 8; i += 1) {
        await client.create(pods, member('a', i));
        await client.create(pods, member('b', i));
      }
      const placed = async () => [await placedOf(client, 'a'), await placedOf(client, 'b')];
      await eventually(async () => (await placed()).some((count) => count === 8));
      const [a] = await placed();
      const [winner, loser] = a === 8 ? ['a', 'b'] : ['b', 'a'];
      await eventually(async () => (await outcomeOf(client, winner)) === 'True Scheduled');
      await eventually(async () => (await outcomeOf(client, loser)) === 'False Unschedulable');
      assert.equal(await placedOf(client, loser), 0);
      assert.deepEqual(await whyOf(client, `${loser}-0`), [
        'Unschedulable',
        `pod group "${loser}" needs 8 pods on nodes at the same time, and only 2 fit`,
      ]);

      for (let i = 0; i < 8; i += 1) {
        await client.remove(pods, { namespace, name: `${winner}-${i}` }, { gracePeriodSeconds: 0 });
      }
      await eventually(async () => (await placedOf(client, loser)) === 8, { withinMs: 20_000 });
    });

    it('hold pods until the group and enough of them are there, and take more than that', async () => {
      const { client } = plane;
      await client.create(pods, member('a', 0));
      await client.create(pods, member('a', 1));
      await eventually(async () => (await whyOf(client, 'a-0'))[0] === 'Gated');
      assert.equal(
        (await whyOf(client, 'a-0'))[1],
        `waiting for pod's pod group "a" to appear in scheduling queue`,
      );
      await createGroup(client, 'a', 3);
      assert.deepEqual(await whyOf(client, 'a-1'), [
        'Gated',
        'waiting for minCount pods from a gang to appear in scheduling queue: ' +
          '2 of the 3 that pod group "a" needs are there',
      ]);
      assert.equal(await placedOf(client, 'a'), 0);
      await client.create(pods, member('a', 2));
      await eventually(async () => (await placedOf(client, 'a')) === 3);
      await client.create(pods, member('a', 3));
      await eventually(async () => (await placedOf(client, 'a')) === 4);
    });

    it('come from the template of a Job, as in the example', async () => {
      const { client } = plane;
      const text = await readFile(`${repository}deploy/examples/gang.yaml`, 'utf8');
      const [group, job] = parseYamlDocuments(text).map(({ value }) => value);
      await client.create(jobs, { ...(job as Job), metadata: { name: 'training', namespace } });
      await eventually(async () => (await client.list(pods, { namespace })).items.length === 4);
      assert.equal(await placedOf(client, 'training'), 0);
      await client.create(podGroups, {
        ...(group as PodGroup),
        metadata: { name: 'training', namespace },
      });
      await eventually(async () => (await placedOf(client, 'training')) === 4);
    });

    it('keep their policy, and pods their group', async () => {
      const { client } = plane;
      await createGroup(client, 'a', 3);
      const group = await client.get(podGroups, { namespace, name: 'a' });
      const spec = { schedulingPolicy: { gang: { minCount: 1 } } };
      await assert.rejects(
        client.update(podGroups, { ...group, spec: { ...group.spec, ...spec } }),
        isInvalid,
      );
      const pod = await client.create(pods, member('a', 0));
      await assert.rejects(
        client.update(pods, {
          ...pod,
          spec: { ...pod.spec, schedulingGroup: { podGroupName: 'b' } },
        }),
        isInvalid,
      );
      const workload = await client.get(workloads, { namespace, name: 'a' });
      await assert.rejects(
        client.update(workloads, {
          ...workload,
          spec: { podGroupTemplates: [{ name: 'others', schedulingPolicy: { basic: {} } }] },
        }),
        isInvalid,
      );
    });
  });
}

onEachStore(describeGangs);
