/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- its own examples pass literals too */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  Watch,
  makeInformer,
  setHeaderOptions,
} from '@kubernetes/client-node';
import type { V1ConfigMap, V1Status } from '@kubernetes/client-node';
import { eventually } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import { newNamespace, realCluster, simulatedCluster } from './clusters.ts';
import { deployment, pod } from './manifests.ts';

const patience = { withinMs: 60_000, everyMs: 50 };

function configOf({ kubeconfig }: Cluster): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}

describe('@kubernetes/client-node', () => {
  let cluster: Cluster;
  let config: KubeConfig;
  let core: CoreV1Api;
  let namespace: string;

  before(async function () {
    cluster = await simulatedCluster(this);
    config = configOf(cluster);
    core = config.makeApiClient(CoreV1Api);
  });
  beforeEach(async () => {
    namespace = await newNamespace(cluster);
  });
  const body = (name: string, a: string) => ({ metadata: { name }, data: { a } });

  it('creates, reads, lists in pages, patches, and deletes', async () => {
    for (const name of ['one', 'two', 'three']) {
      await core.createNamespacedConfigMap({
        namespace,
        body: { ...body(name, '1'), metadata: { name, labels: { mine: '' } } },
      });
    }
    assert.deepEqual((await core.readNamespacedConfigMap({ namespace, name: 'one' })).data, {
      a: '1',
    });
    const first = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: 'mine',
      limit: 2,
    });
    assert.equal(first.items.length, 2);
    const rest = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: 'mine',
      limit: 2,
      _continue: first.metadata!._continue!,
    });
    assert.equal(rest.items.length, 1);
    const patched = await core.patchNamespacedConfigMap(
      { namespace, name: 'one', body: { data: { b: '2' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    assert.deepEqual(patched.data, { a: '1', b: '2' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'one' });
    await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'one' }), { code: 404 });
  });

  it('loses no write among many that change one object', async () => {
    await core.createNamespacedConfigMap({ namespace, body: body('counter', '0') });
    const increment = async () => {
      for (;;) {
        const current = await core.readNamespacedConfigMap({ namespace, name: 'counter' });
        current.data = { a: String(Number(current.data?.a) + 1) };
        try {
          await core.replaceNamespacedConfigMap({ namespace, name: 'counter', body: current });
          return;
        } catch (err) {
          if (!(err instanceof Error && 'code' in err && err.code === 409)) throw err;
        }
      }
    };
    await Promise.all(Array.from({ length: 10 }, increment));
    assert.equal(
      (await core.readNamespacedConfigMap({ namespace, name: 'counter' })).data?.a,
      '10',
    );
  });

  it('applies objects of any kind', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const spec = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'any', namespace },
      data: { a: 'b' },
    };
    await objects.create(spec);
    const read = await objects.read<V1ConfigMap>(spec);
    assert.deepEqual(read.data, { a: 'b' });
    await objects.delete(spec);
  });

  it('watches from where it listed', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    await core.createNamespacedConfigMap({ namespace, body: body('seen', '1') });
    const seen: string[] = [];
    const abort = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { resourceVersion: metadata!.resourceVersion! },
      (type: string, object: V1ConfigMap) => seen.push(`${type} ${object.metadata?.name}`),
      () => undefined,
    );
    try {
      await core.deleteNamespacedConfigMap({ namespace, name: 'seen' });
      await eventually(() => seen.includes('DELETED seen'), patience);
      const own = seen.filter((event) => event.endsWith(' seen'));
      assert.deepEqual(own, ['ADDED seen', 'DELETED seen']);
    } finally {
      abort.abort();
    }
  });

  it('keeps an informer up to date', async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, () =>
      core.listNamespacedPod({ namespace }),
    );
    const phases: string[] = [];
    informer.on('update', ({ status }) => phases.push(status?.phase ?? ''));
    informer.on('delete', () => phases.push('gone'));
    await informer.start();
    try {
      await cluster.kubectl.feed(
        deployment('web', { replicas: 1 }),
        '-n',
        namespace,
        'apply',
        '-f',
        '-',
      );
      await eventually(() => phases.includes('Running'), patience);
      await config.makeApiClient(AppsV1Api).deleteNamespacedDeployment({ namespace, name: 'web' });
      await eventually(() => phases.includes('gone'), patience);
    } finally {
      await informer.stop();
    }
  });
});

describe('@kubernetes/client-node over real containers', () => {
  it('executes commands', async function () {
    const cluster = await realCluster(this);
    const namespace = await newNamespace(cluster);
    await cluster.kubectl.feed(pod('one'), '-n', namespace, 'apply', '-f', '-');
    await cluster.kubectl(
      '-n',
      namespace,
      'wait',
      '--for=condition=Ready',
      'pod/one',
      '--timeout=90s',
    );
    let output = '';
    const stdout = new Writable({
      write(chunk: Buffer, _, done) {
        output += chunk.toString();
        done();
      },
    });
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(configOf(cluster))
        .exec(
          namespace,
          'one',
          'main',
          ['sh', '-c', 'echo hello; exit 3'],
          stdout,
          null,
          null,
          false,
          resolve,
        )
        .catch(reject);
    });
    assert.equal(output, 'hello\n');
    assert.equal(status.status, 'Failure');
    assert.equal(status.details?.causes?.[0]?.message, '3');
  });
});
