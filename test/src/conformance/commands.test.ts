import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment, HorizontalPodAutoscaler, Pod, Service } from '@berth/api';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';
import { deployment, pod } from './manifests.ts';

interface Discovered {
  readonly kind: string;
  readonly groups?: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
    readonly preferredVersion: { readonly groupVersion: string; readonly version: string };
  }[];
}

describe('every command of kubectl', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;
  let k: (...args: readonly string[]) => Promise<string>;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    k = (...args) => kubectl('-n', namespace, ...args);
    await kubectl.feed(deployment('web', { replicas: 1 }), '-n', namespace, 'create', '-f', '-');
    await kubectl.feed(pod('one'), '-n', namespace, 'create', '-f', '-');
    await k('rollout', 'status', 'deploy/web', '--timeout=90s');
    await k('wait', '--for=condition=Ready', 'pod/one', '--timeout=60s');
  });
  const read = <T>(...args: readonly string[]) => kubectl.json<T>('-n', namespace, 'get', ...args);
  const raw = async <T>(path: string) => JSON.parse(await kubectl('get', '--raw', path)) as T;

  describe('explain', () => {
    it('knows every field of every kind', async function () {
      this.timeout(180_000);
      const rows = (await kubectl('api-resources', '--no-headers')).trim().split('\n');
      for (const row of rows) {
        const words = row.trim().split(/\s+/);
        const [kind = '', , apiVersion = ''] = words.reverse();
        const name = words.at(-1) ?? '';
        const told = await kubectl('explain', name, `--api-version=${apiVersion}`, '--recursive');
        assert.match(told, new RegExp(`^KIND: +${kind}$`, 'm'), row);
        assert.match(told, /^ {2}apiVersion\t<string>$/m, row);
      }
    });
  });

  describe('discovery', () => {
    it('is the same with a slash at the end', async () => {
      for (const path of ['/api', '/apis', '/api/v1', '/apis/apps', '/apis/apps/v1']) {
        assert.deepEqual(await raw(`${path}/`), await raw(path), path);
      }
    });

    it('prefers a version that there is', async () => {
      const { groups = [] } = await raw<Discovered>('/apis');
      assert.ok(groups.length > 5);
      for (const { name, versions, preferredVersion } of groups) {
        assert.ok(
          versions.some(({ version }) => version === preferredVersion.version),
          name,
        );
        const group = await raw<NonNullable<Discovered['groups']>[number]>(`/apis/${name}`);
        assert.deepEqual(group.versions, versions);
        for (const { groupVersion } of versions) {
          const { kind } = await raw<Discovered>(`/apis/${groupVersion}`);
          assert.equal(kind, 'APIResourceList');
        }
      }
    });

    it('finds an OpenAPI document for every version, by its hash', async () => {
      const { paths } = await raw<{ paths: Record<string, { serverRelativeURL: string }> }>(
        '/openapi/v3',
      );
      for (const version of (await kubectl('api-versions')).trim().split('\n')) {
        const name = version.includes('/') ? `apis/${version}` : `api/${version}`;
        assert.match(paths[name]?.serverRelativeURL ?? '', /\?hash=[0-9A-F]+$/, name);
      }
      const url = paths['apis/apps/v1']?.serverRelativeURL ?? '';
      const { openapi } = await raw<{ openapi: string }>(url);
      assert.match(openapi, /^3\./);
      const { swagger } = await raw<{ swagger: string }>('/openapi/v2');
      assert.equal(swagger, '2.0');
    });

    it('tells which server answers for which version', async () => {
      const text = await kubectl('get', 'apiservices');
      assert.match(text, /^NAME +SERVICE +AVAILABLE +AGE$/m);
      for (const version of (await kubectl('api-versions')).trim().split('\n')) {
        if (version === 'apiregistration.k8s.io/v1') continue;
        const [second = '', first = ''] = version.split('/').reverse();
        const name = `${second}.${first}`.replaceAll('.', '\\.');
        assert.match(text, new RegExp(`^${name} +Local +True `, 'm'));
      }
    });
  });

  it('takes lists of objects, and checks them by the whole of OpenAPI before it sends any', async () => {
    const list = (...items: readonly object[]) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'listed' } };
    const feed = (text: string, ...args: readonly string[]) =>
      kubectl.feed(text, '-n', namespace, ...args, '-f', '-');
    const wrong = { ...map, metadata: { name: 'wrong' }, unknown: 1 };
    await assert.rejects(
      feed(list(map, wrong), 'apply'),
      /ValidationError\(ConfigMap\): unknown field "unknown" in io\.k8s\.api\.core\.v1\.ConfigMap/,
    );
    assert.equal(await feed(list(map), 'apply'), 'configmap/listed created\n');
    const both = await k('get', 'configmap/listed', 'deployment/web', '-o', 'yaml');
    assert.match(both, /^kind: List$/m);
    assert.match(await feed(both, 'apply'), /^configmap\/listed /m);
  });

  it('makes manifests of kinds of its own, whether they are served or not', async () => {
    for (const [kind, ...args] of [
      ['Job', 'job', 'j', '--image=x'],
      ['CronJob', 'cronjob', 'c', '--image=x', '--schedule=* * * * *'],
      ['ResourceQuota', 'quota', 'q', '--hard=pods=10'],
      ['PodDisruptionBudget', 'pdb', 'p', '--selector=a=b', '--min-available=1'],
      ['Ingress', 'ingress', 'i', '--rule=a.example.com/=s:80'],
      ['Secret', 'secret', 'generic', 's', '--from-literal=a=b'],
      ['PriorityClass', 'priorityclass', 'p', '--value=1'],
    ] as const) {
      const made = await k('create', ...args, '--dry-run=client', '-o', 'yaml');
      assert.match(made, new RegExp(`^kind: ${kind}$`, 'm'));
    }
  });

  it('makes services of every type', async () => {
    await k('create', 'service', 'externalname', 'elsewhere', '--external-name=example.com');
    await k('create', 'service', 'loadbalancer', 'outside', '--tcp=80');
    await k('create', 'service', 'clusterip', 'headless', '--clusterip=None', '--tcp=80');
    const typed = async (name: string) => (await read<Service>('svc', name)).spec;
    assert.equal((await typed('elsewhere')).externalName, 'example.com');
    assert.equal((await typed('outside')).type, 'LoadBalancer');
    assert.equal((await typed('headless')).clusterIP, 'None');
  });

  it('autoscales', async () => {
    await k('autoscale', 'deploy', 'web', '--min=1', '--max=3', '--cpu-percent=50');
    const { spec } = await read<HorizontalPodAutoscaler>('hpa', 'web');
    assert.deepEqual([spec.minReplicas, spec.maxReplicas], [1, 3]);
    assert.match(await k('describe', 'hpa', 'web'), /^Reference: +Deployment\/web$/m);
    await k('delete', 'hpa', 'web');
  });

  it('sets service accounts, selectors and subjects', async () => {
    await k('create', 'serviceaccount', 'robot');
    await k('set', 'serviceaccount', 'deploy/web', 'robot');
    const { spec } = await read<Deployment>('deploy', 'web');
    assert.equal(spec.template.spec?.serviceAccountName, 'robot');
    await k('create', 'service', 'clusterip', 'chosen', '--tcp=80');
    await k('set', 'selector', 'svc/chosen', 'app=web');
    assert.deepEqual((await read<Service>('svc', 'chosen')).spec.selector, { app: 'web' });
    await k('create', 'rolebinding', 'viewers', '--clusterrole=view', '--user=jane');
    await k('set', 'subject', 'rolebinding', 'viewers', '--user=joe');
    assert.match(
      await k('get', 'rolebinding', 'viewers', '-o', 'jsonpath={.subjects[*].name}'),
      /jane joe/,
    );
  });

  it('reconciles roles', async () => {
    const role = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reconciled, namespace: ${namespace}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
`;
    const reconcile = () => kubectl.feed(role, 'auth', 'reconcile', '-f', '-');
    assert.match(await reconcile(), /reconciled/);
    assert.match(await reconcile(), /reconciled/);
    assert.match(await k('describe', 'role', 'reconciled'), /pods +\[\] +\[\] +\[get\]/);
  });

  describe('debug', () => {
    it('adds a container to a pod', async () => {
      await k('debug', 'one', '--image=berth.dev/sample:1', '-c', 'debugger', '--profile=general');
      const { spec } = await read<Pod>('pod', 'one');
      assert.equal(spec.ephemeralContainers?.[0]?.name, 'debugger');
    });

    it('copies a pod', async () => {
      await k('debug', 'one', '--copy-to=two', '--image=berth.dev/sample:1', '--profile=general');
      assert.equal((await read<Pod>('pod', 'two')).spec.containers.length, 2);
    });

    it('runs a pod on a node', async () => {
      await k('debug', 'node/node-1', '--image=berth.dev/sample:1', '--profile=general');
      const { items } = await read<{ items: readonly Pod[] }>('pods');
      const debugger_ = items.find(({ metadata }) => metadata.name.startsWith('node-debugger-'));
      assert.equal(debugger_?.spec.nodeName, 'node-1');
      assert.equal(debugger_.spec.hostNetwork, true);
    });
  });

  it('tells of events, of the configuration, and of versions', async () => {
    assert.match(await k('events', '--for', 'pod/one'), /Scheduled/);
    assert.match(await k('events', '--types=Normal'), /^LAST SEEN +TYPE +REASON/m);
    assert.match(await kubectl('config', 'view', '--minify'), /^current-context: /m);
    assert.match(await kubectl('version', '-o', 'json'), /"gitVersion": "v1\.36\./);
  });

  it('replaces, edits and patches subresources', async () => {
    const file = join(kubectl.home, 'one.json');
    const one = await read<Pod>('pod', 'one');
    const labels = { ...one.metadata.labels, replaced: 'yes' };
    await writeFile(file, JSON.stringify({ ...one, metadata: { ...one.metadata, labels } }));
    await k('replace', '-f', file);
    assert.equal((await read<Pod>('pod', 'one')).metadata.labels?.['replaced'], 'yes');
    const scale = await k('get', 'deploy', 'web', '--subresource=scale', '-o', 'yaml');
    assert.match(scale, /^kind: Scale$/m);
    const condition = { type: 'example.com/gate', status: 'True' };
    const body = JSON.stringify({ status: { conditions: [condition] } });
    await k('patch', 'pod', 'one', '--subresource=status', '-p', body);
    await k('wait', '--for=condition=example.com/gate', 'pod/one', '--timeout=20s');
  });

  it('remembers what was applied', async () => {
    const feed = (...args: readonly string[]) =>
      kubectl.feed(deployment('web', { replicas: 1 }), '-n', namespace, ...args, '-f', '-');
    await feed('apply', 'set-last-applied', '--create-annotation');
    assert.match(await k('apply', 'view-last-applied', 'deploy/web'), /replicas: 1/);
  });
});
