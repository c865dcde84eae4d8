import assert from 'node:assert/strict';
import {
  configMaps,
  deployments,
  endpointSlices,
  events,
  horizontalPodAutoscalers,
  isNotFound,
  namespaces,
  nodes as nodesType,
  pods,
  replicaSets,
  serviceAccounts,
  services,
} from '@berth/api';
import type { Deployment, Pod, ReplicaSet, ResourceType } from '@berth/api';
import { makeDeployment, makeHpa, makePodTemplate, makeService } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import type { Storage } from '@berth/storage';
import { rootCa } from './control-plane.ts';
import { controllerOf, patience, setStage } from './stage.ts';
import type { ControlPlane } from './control-plane.ts';
import { brokenImage } from './fake-kubelet.ts';

/** What the control plane does with workloads, on any storage. */
export function describeWorkloads(on: string, open: () => Promise<Storage>): void {
  describe(`workloads on ${on}`, () => {
    const stage = setStage(open);
    const { list, get, exists } = stage;
    const deploy = (name: string, spec: Partial<Deployment['spec']> = {}) => {
      const { spec: made } = makeDeployment(name, spec);
      return stage.make(deployments, name, { spec: made });
    };
    const available = (name: string, replicas: number) =>
      eventuallyHolds(async () => {
        const { status, metadata } = await get(deployments, name);
        assert.equal(status?.observedGeneration, metadata.generation);
        assert.deepEqual(
          [status?.replicas, status?.updatedReplicas, status?.availableReplicas],
          [replicas, replicas, replicas],
        );
      }, patience);
    const patchImage = (name: string, image: string) =>
      stage.client.patch(deployments, { namespace: stage.namespace, name }, 'strategic', {
        spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
      });

    it('turn a deployment into a replica set, and that into pods on nodes', async () => {
      await deploy('web', { replicas: 4 });
      await available('web', 4);
      const [replicaSet, ...more] = await list(replicaSets);
      assert.deepEqual(more, []);
      assert.equal(controllerOf(replicaSet), 'Deployment/web');
      const made = await list(pods);
      assert.equal(made.length, 4);
      for (const pod of made)
        assert.equal(controllerOf(pod), `ReplicaSet/${replicaSet!.metadata.name}`);
      assert.deepEqual(
        new Set(made.map(({ spec }) => spec.nodeName)),
        new Set(['node-1', 'node-2']),
      );
      await eventuallyHolds(async () => {
        const reasons = new Set((await list(events)).map(({ reason }) => reason));
        for (const reason of ['ScalingReplicaSet', 'SuccessfulCreate', 'Scheduled']) {
          assert.ok(reasons.has(reason), reason);
        }
      }, patience);
    });

    it('replace pods that go away, and only as many', async () => {
      await deploy('web', { replicas: 3 });
      await available('web', 3);
      const [first, ...others] = await list(pods);
      await stage.client.remove(pods, first!.metadata);
      await eventually(() => exists(pods, first!.metadata.name).then((is) => !is), patience);
      await available('web', 3);
      const names = new Set((await list(pods)).map(({ metadata }) => metadata.name));
      assert.ok(others.every(({ metadata }) => names.has(metadata.name)));
    });

    it('roll over to a new template and back, never with too few or too many', async () => {
      const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
      await deploy('web', { replicas: 4, strategy });
      await available('web', 4);
      const watch = observe(stage.plane, stage.namespace);
      await patchImage('web', 'example.com/app:2');
      await available('web', 4);
      await eventually(async () => (await list(pods)).length === 4, patience);
      const [old, current] = byRevision(await list(replicaSets));
      assert.deepEqual([old?.spec.replicas, current?.spec.replicas], [0, 4]);
      const images = (await list(pods)).map(({ spec }) => spec.containers[0]!.image);
      assert.deepEqual(new Set(images), new Set(['example.com/app:2']));

      // Back, as `kubectl rollout undo` does it: the template of the old replica set is the new one.
      await patchImage('web', old!.spec.template!.spec!.containers[0]!.image ?? '');
      await available('web', 4);
      const after = byRevision(await list(replicaSets));
      assert.equal(after.length, 2, 'no third replica set');
      assert.equal(after.at(-1)?.metadata.uid, old!.metadata.uid);
      assert.equal(revisionOf(after.at(-1)!), 3);

      const { least, most } = await watch.stop();
      assert.ok(least >= 3, `at least 3 ready, not ${least}`);
      assert.ok(most <= 5, `at most 5 pods, not ${most}`);
    });

    it('stop at a template that never gets ready, and recover by the next', async () => {
      const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
      await deploy('web', { replicas: 2, strategy, progressDeadlineSeconds: 1 });
      await available('web', 2);
      await patchImage('web', brokenImage);
      await eventuallyHolds(async () => {
        const conditions = (await get(deployments, 'web')).status?.conditions ?? [];
        const progressing = conditions.find(({ type }) => type === 'Progressing');
        assert.equal(progressing?.reason, 'ProgressDeadlineExceeded');
      }, patience);
      assert.equal((await list(pods)).filter(isReady).length, 2);
      await patchImage('web', 'example.com/app:3');
      await available('web', 2);
    });

    it('recreate everything when that is the strategy', async () => {
      await deploy('web', { replicas: 2, strategy: { type: 'Recreate' } });
      await available('web', 2);
      const watch = observe(stage.plane, stage.namespace);
      await patchImage('web', 'example.com/app:2');
      await available('web', 2);
      assert.ok((await watch.stop()).most <= 2);
    });

    it('leave pods waiting that fit nowhere, with the reason, until they do', async () => {
      const spec = { nodeSelector: { disk: 'fast' } };
      await deploy('web', { template: makePodTemplate({ app: 'web' }, spec) });
      await eventuallyHolds(async () => {
        const [pod] = await list(pods);
        const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
        assert.deepEqual([scheduled?.status, scheduled?.reason], ['False', 'Unschedulable']);
        assert.match(
          scheduled?.message ?? '',
          /0\/2 nodes are available: 2 node\(s\) didn't match/,
        );
      }, patience);
      const labels = (value: string | null) => ({ metadata: { labels: { disk: value } } });
      await stage.client.patch(nodesType, { name: 'node-2' }, 'merge', labels('fast'));
      await available('web', 1);
      await stage.client.patch(nodesType, { name: 'node-2' }, 'merge', labels(null));
    });

    it('keep endpoint slices equal to the ready pods of a service', async () => {
      const { spec } = makeService('web');
      await stage.client.create(services, {
        metadata: { namespace: stage.namespace, name: 'web' },
        spec,
      });
      await deploy('web', { replicas: 3 });
      const agree = (expected: number) =>
        eventuallyHolds(async () => {
          const slices = await list(endpointSlices);
          const ips = slices.flatMap(({ endpoints }) =>
            (endpoints ?? [])
              .filter((each) => each.conditions?.ready)
              .flatMap(({ addresses }) => addresses),
          );
          const ready = (await list(pods)).filter(isReady).map(({ status }) => status?.podIP);
          assert.deepEqual(ips.sort(), ready.sort());
          assert.equal(ips.length, expected);
        }, patience);
      await agree(3);
      await stage.client.patch(deployments, { namespace: stage.namespace, name: 'web' }, 'merge', {
        spec: { replicas: 1 },
      });
      await agree(1);
      await stage.client.remove(services, { namespace: stage.namespace, name: 'web' });
      await eventually(async () => (await list(endpointSlices)).length === 0, patience);
    });

    it('grow and shrink by what pods use', async () => {
      const container = {
        name: 'main',
        image: 'example.com/app:1',
        resources: { requests: { cpu: '100m' } },
      };
      await deploy('web', {
        replicas: 2,
        template: makePodTemplate({ app: 'web' }, { containers: [container] }),
      });
      await available('web', 2);
      const { spec } = makeHpa('web', {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
          },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 1 } },
      });
      await stage.client.create(horizontalPodAutoscalers, {
        metadata: { namespace: stage.namespace, name: 'web' },
        spec,
      });
      /** Every pod uses this much of its request, as nodes would report it. */
      const use = async (percent: number) => {
        for (const node of ['node-1', 'node-2']) {
          const here = (await list(pods)).filter(({ spec: { nodeName } }) => nodeName === node);
          const usage = { cpuNanocores: percent * 1_000_000, memoryBytes: 1 << 20 };
          stage.plane.api.server.usage.put(node, {
            timestampMs: Date.now(),
            windowMs: 1000,
            node: usage,
            pods: here.map(({ metadata }) => ({
              namespace: stage.namespace,
              name: metadata.name,
              uid: metadata.uid,
              containers: [{ name: 'main', ...usage }],
            })),
          });
        }
      };
      const scaledTo = (replicas: number, percent: number) =>
        eventuallyHolds(async () => {
          await use(percent);
          assert.equal((await get(deployments, 'web')).spec.replicas, replicas);
        }, patience);
      await scaledTo(5, 200);
      await available('web', 5);
      await scaledTo(2, 5);
      await available('web', 2);
    });

    describe('when an owner is deleted', () => {
      const remove = (propagationPolicy: 'Background' | 'Foreground' | 'Orphan') =>
        stage.client.remove(
          deployments,
          { namespace: stage.namespace, name: 'web' },
          { propagationPolicy },
        );
      beforeEach(async () => {
        await deploy('web', { replicas: 2 });
        await available('web', 2);
      });

      it('take its dependents away afterwards in the background', async () => {
        await remove('Background');
        assert.equal(await exists(deployments, 'web'), false);
        await eventually(
          async () => (await list(replicaSets)).length + (await list(pods)).length === 0,
          patience,
        );
      });

      it('take its dependents away before it in the foreground', async () => {
        const order: string[] = [];
        const stop = new AbortController();
        const follow = async (type: ResourceType) => {
          for await (const change of stage.client.watch(
            type,
            { namespace: stage.namespace },
            stop.signal,
          )) {
            if (change.type === 'DELETED') order.push(change.object.kind ?? '');
          }
        };
        const following = [deployments, replicaSets, pods].map((type) => follow(type));
        await remove('Foreground');
        await eventually(() => order.includes('Deployment'), patience);
        await eventually(() => order.length === 4, patience);
        stop.abort();
        await Promise.allSettled(following);
        assert.deepEqual(order, ['Pod', 'Pod', 'ReplicaSet', 'Deployment']);
      });

      it('cut its dependents loose as orphans', async () => {
        const before = (await list(pods)).map(({ metadata }) => metadata.uid).sort();
        await remove('Orphan');
        await eventually(async () => !(await exists(deployments, 'web')), patience);
        const [replicaSet] = await list(replicaSets);
        assert.deepEqual(replicaSet?.metadata.ownerReferences ?? [], []);
        assert.deepEqual((await list(pods)).map(({ metadata }) => metadata.uid).sort(), before);
      });
    });

    it('of a namespace go with it, however they are owned', async () => {
      await deploy('web', { replicas: 2 });
      const { spec } = makeService('web');
      await stage.client.create(services, {
        metadata: { namespace: stage.namespace, name: 'web' },
        spec,
      });
      await stage.client.create(configMaps, {
        metadata: { namespace: stage.namespace, name: 'c' },
      });
      await available('web', 2);
      await stage.client.remove(namespaces, { name: stage.namespace });
      const { status } = await stage.client
        .get(namespaces, { name: stage.namespace })
        .catch(() => ({ status: undefined }));
      if (status) assert.equal(status.phase, 'Terminating');
      await assert.rejects(
        stage.client.create(configMaps, { metadata: { namespace: stage.namespace, name: 'late' } }),
        /is being terminated|not found/,
      );
      await eventually(
        () => stage.client.get(namespaces, { name: stage.namespace }).then(() => false, isNotFound),
        patience,
      );
      const types: readonly ResourceType[] = [
        ...[pods, replicaSets, deployments, services],
        ...[endpointSlices, configMaps, serviceAccounts],
      ];
      for (const type of types) {
        assert.deepEqual(await list(type), [], type.resource);
      }
    });

    it('find a service account and the root certificate in every namespace, always', async () => {
      await eventually(() => exists(configMaps, 'kube-root-ca.crt'), patience);
      assert.equal((await get(configMaps, 'kube-root-ca.crt')).data?.['ca.crt'], rootCa);
      await stage.client.remove(serviceAccounts, { namespace: stage.namespace, name: 'default' });
      await eventually(() => exists(serviceAccounts, 'default'), patience);
      await stage.client.patch(
        configMaps,
        { namespace: stage.namespace, name: 'kube-root-ca.crt' },
        'merge',
        {
          data: { 'ca.crt': 'x' },
        },
      );
      await eventually(
        async () => (await get(configMaps, 'kube-root-ca.crt')).data?.['ca.crt'] === rootCa,
        patience,
      );
    });
  });
}

const revisionOf = ({ metadata }: ReplicaSet) =>
  Number(metadata.annotations?.['deployment.kubernetes.io/revision']);
const byRevision = (all: readonly ReplicaSet[]) =>
  [...all].sort((a, b) => revisionOf(a) - revisionOf(b));

const isReady = ({ metadata, status }: Pod) =>
  metadata.deletionTimestamp === undefined &&
  (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false);

/** Watches how many pods there are and are ready, at every change. */
function observe({ client }: ControlPlane, namespace: string) {
  const ended = new AbortController();
  const known = new Map<string, Pod>();
  let [least, most] = [Infinity, 0];
  const follow = async () => {
    const options = { namespace, sendInitialEvents: true, allowWatchBookmarks: true };
    let isComplete = false;
    for await (const change of client.watch(pods, options, ended.signal)) {
      if (change.type === 'BOOKMARK') isComplete ||= change.initialEventsEnd;
      else if (change.type === 'DELETED') known.delete(change.object.metadata.uid);
      else known.set(change.object.metadata.uid, change.object);
      if (!isComplete) continue;
      least = Math.min(least, [...known.values()].filter(isReady).length);
      // Those on their way out do not count, as upstream counts.
      most = Math.max(
        most,
        [...known.values()].filter((pod) => !pod.metadata.deletionTimestamp).length,
      );
    }
  };
  const following = follow();
  return {
    async stop() {
      ended.abort();
      await following.catch(() => undefined);
      return { least, most };
    },
  };
}
