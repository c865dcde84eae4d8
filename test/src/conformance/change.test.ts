import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigMap, Deployment, Pod, Secret } from '@berth/api';
import { eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';
import { deployment, pod } from './manifests.ts';

const configMap = (data: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: ${data}
`;

describe('kubectl writes', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;
  let k: (...args: readonly string[]) => Promise<string>;
  let feed: (input: string, ...args: readonly string[]) => Promise<string>;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
  });
  beforeEach(async () => {
    namespace = await newNamespace(cluster);
    k = (...args) => kubectl('-n', namespace, ...args);
    feed = (input, ...args) => kubectl.feed(input, '-n', namespace, ...args);
  });
  const read = <T>(...args: readonly string[]) => kubectl.json<T>('-n', namespace, 'get', ...args);

  describe('create', () => {
    // kubectl sends these as protobuf when it made the object itself.
    it('makes every kind that kubectl can make itself', async () => {
      const made = [
        ['configmap', 'c', '--from-literal=a=1', '--from-literal=b=2'],
        ['secret', 'generic', 's', '--from-literal=password=p'],
        ['secret', 'docker-registry', 'r', '--docker-username=u', '--docker-password=p'],
        ['serviceaccount', 'a'],
        ['deployment', 'd', '--image=berth.dev/sample:1', '--replicas=2', '--port=8080'],
        ['service', 'clusterip', 'd', '--tcp=80:8080'],
        ['service', 'nodeport', 'n', '--tcp=80:8080'],
        ['role', 'ro', '--verb=get,list', '--resource=pods,deployments.apps'],
        ['rolebinding', 'rb', '--role=ro', '--user=jane', '--group=team'],
      ];
      for (const args of made) assert.match(await k('create', ...args), / created$/m);
      assert.deepEqual((await read<ConfigMap>('cm', 'c')).data, { a: '1', b: '2' });
      assert.equal((await read<Secret>('secret', 's')).data?.password, 'cA==');
      assert.equal((await read<Secret>('secret', 'r')).type, 'kubernetes.io/dockerconfigjson');
      const { spec } = await read<Deployment>('deploy', 'd');
      assert.equal(spec.replicas, 2);
      assert.equal(spec.template.spec?.containers[0]?.ports?.[0]?.containerPort, 8080);
      const ports = await k(
        'get',
        'svc',
        'd',
        '-o',
        'jsonpath={.spec.ports[0].port}:{.spec.ports[0].targetPort}',
      );
      assert.equal(ports, '80:8080');
      const nodePort = Number(
        await k('get', 'svc', 'n', '-o', 'jsonpath={.spec.ports[0].nodePort}'),
      );
      assert.ok(nodePort >= 30000 && nodePort <= 32767);
    });

    it('makes what belongs to the cluster', async () => {
      const name = `made-${namespace}`;
      await kubectl('create', 'clusterrole', name, '--verb=get', '--resource=nodes');
      await kubectl('create', 'clusterrolebinding', name, `--clusterrole=${name}`, '--user=jane');
      await kubectl('create', 'priorityclass', name, '--value=7', '--description=some');
      await kubectl('create', 'namespace', name);
      for (const kind of ['clusterrole', 'clusterrolebinding', 'priorityclass', 'namespace']) {
        assert.match(await kubectl('delete', kind, name), / deleted/);
      }
    });

    it('gives tokens of service accounts', async () => {
      const token = await k('create', 'token', 'default', '--duration=1h');
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
        readonly sub: string;
      };
      assert.equal(claims.sub, `system:serviceaccount:${namespace}:default`);
    });

    it('runs a pod, exposes it, and refuses a second one of the name', async () => {
      await k('run', 'one', '--image=berth.dev/sample:1', '--port=8080', '--env=A=b', '--expose');
      assert.equal((await read<Pod>('pod', 'one')).spec.containers[0]?.env?.[0]?.value, 'b');
      const { code, stderr } = await kubectl.attempt(['-n', namespace, 'run', 'one', '--image=x']);
      assert.deepEqual(
        [code, stderr],
        [1, 'Error from server (AlreadyExists): pods "one" already exists\n'],
      );
    });

    it('stores nothing when it is dry', async () => {
      await k('create', 'configmap', 'dry', '--from-literal=a=b', '--dry-run=server');
      assert.equal((await kubectl.attempt(['-n', namespace, 'get', 'cm', 'dry'])).code, 1);
    });

    it('makes up names', async () => {
      const out = await feed(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"gen-"}}',
        'create',
        '-f',
        '-',
      );
      assert.match(out, /^configmap\/gen-[a-z0-9]{5} created$/m);
    });
  });

  describe('apply', () => {
    it('creates, leaves alone, changes, and takes away', async () => {
      const apply = (data: string) => feed(configMap(data), 'apply', '-f', '-');
      assert.equal(await apply('{a: "1", b: "2"}'), 'configmap/settings created\n');
      assert.equal(await apply('{a: "1", b: "2"}'), 'configmap/settings unchanged\n');
      await k('patch', 'cm', 'settings', '-p', '{"data":{"c":"3"}}');
      assert.equal(await apply('{a: "9"}'), 'configmap/settings configured\n');
      assert.deepEqual((await read<ConfigMap>('cm', 'settings')).data, { a: '9', c: '3' });
    });

    it('applies the whole list of a file, and deletes it again', async () => {
      const both = `${deployment('web')}---${configMap('{a: "1"}')}`;
      assert.equal(
        await feed(both, 'apply', '-f', '-'),
        'deployment.apps/web created\nconfigmap/settings created\n',
      );
      assert.equal(
        await feed(both, 'apply', '-f', '-'),
        'deployment.apps/web unchanged\nconfigmap/settings unchanged\n',
      );
      const deleted = await feed(both, 'delete', '-f', '-');
      assert.match(deleted, /deployment\.apps "web" deleted[^]*configmap "settings" deleted/);
    });

    it('applies on the server side, with owners of fields', async () => {
      const apply = (data: string, ...more: readonly string[]) =>
        feed(configMap(data), 'apply', '--server-side', '-f', '-', ...more);
      assert.equal(await apply('{a: "1"}'), 'configmap/settings serverside-applied\n');
      await apply('{b: "2"}', '--field-manager=other');
      assert.deepEqual((await read<ConfigMap>('cm', 'settings')).data, { a: '1', b: '2' });
      const { code, stderr } = await kubectl.attempt(
        ['-n', namespace, 'apply', '--server-side', '--field-manager=other', '-f', '-'],
        { input: configMap('{a: "3"}') },
      );
      assert.equal(code, 1);
      assert.match(stderr, /conflict with "kubectl": \.data\.a/);
      await apply('{a: "3"}', '--field-manager=other', '--force-conflicts');
      // What `other` does not name any more is gone, what it took over is its own.
      assert.deepEqual((await read<ConfigMap>('cm', 'settings')).data, { a: '3' });
      const managers = await k(
        'get',
        'cm',
        'settings',
        '--show-managed-fields',
        '-o',
        'jsonpath={.metadata.managedFields[*].manager}',
      );
      assert.ok(managers.split(' ').includes('other'), managers);
    });

    it('goes on from a client-side apply on the server side', async () => {
      await feed(deployment('web'), 'apply', '-f', '-');
      assert.equal(
        await feed(deployment('web', { replicas: 3 }), 'apply', '--server-side', '-f', '-'),
        'deployment.apps/web serverside-applied\n',
      );
      assert.equal((await read<Deployment>('deploy', 'web')).spec.replicas, 3);
    });

    it('shows what would change', async () => {
      await feed(deployment('web'), 'apply', '-f', '-');
      const diff = (text: string, ...more: readonly string[]) =>
        kubectl.attempt(['-n', namespace, 'diff', '-f', '-', ...more], { input: text });
      assert.equal((await diff(deployment('web'))).code, 0);
      const changed = await diff(deployment('web', { replicas: 5 }));
      assert.equal(changed.code, 1);
      assert.match(changed.stdout, /^-\s+replicas: 2\n\+\s+replicas: 5$/m);
      const server = await diff(
        deployment('web', { replicas: 5 }),
        '--server-side',
        '--force-conflicts',
      );
      assert.equal(server.code, 1);
      assert.equal((await read<Deployment>('deploy', 'web')).spec.replicas, 2);
    });

    it('prunes what is no longer in the set', async () => {
      const labelled = (name: string) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {set: x}}\n`;
      await feed(`${labelled('a')}---\n${labelled('b')}`, 'apply', '-f', '-');
      await feed(
        labelled('a'),
        'apply',
        '-f',
        '-',
        '--prune',
        '-l',
        'set=x',
        '--prune-allowlist=core/v1/ConfigMap',
      );
      assert.equal(await k('get', 'cm', '-l', 'set=x', '-o', 'name'), 'configmap/a\n');
    });
  });

  it('replaces', async () => {
    await feed(configMap('{a: "1"}'), 'create', '-f', '-');
    await feed(configMap('{b: "2"}'), 'replace', '-f', '-');
    assert.deepEqual((await read<ConfigMap>('cm', 'settings')).data, { b: '2' });
    await feed(configMap('{c: "3"}'), 'replace', '--force', '-f', '-');
    assert.deepEqual((await read<ConfigMap>('cm', 'settings')).data, { c: '3' });
  });

  it('edits with an editor', async () => {
    await feed(configMap('{a: before}'), 'create', '-f', '-');
    const editor = async (name: string, script: string) => {
      const file = join(kubectl.home, name);
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
      return { EDITOR: file, KUBE_EDITOR: undefined };
    };
    const edit = async (env: Readonly<Record<string, string | undefined>>) =>
      kubectl.attempt(['-n', namespace, 'edit', 'cm', 'settings'], { env });
    const done = await edit(await editor('replacing', 'sed -i s/before/after/ "$1"'));
    assert.deepEqual([done.code, done.stdout], [0, 'configmap/settings edited\n']);
    assert.equal((await read<ConfigMap>('cm', 'settings')).data?.a, 'after');
    const left = await edit(await editor('leaving', 'true'));
    assert.match(left.stdout + left.stderr, /Edit cancelled, no changes made/);
  });

  it('labels and annotates', async () => {
    await feed(configMap('{a: b}'), 'create', '-f', '-');
    assert.equal(await k('label', 'cm', 'settings', 'tier=front'), 'configmap/settings labeled\n');
    const again = await kubectl.attempt(['-n', namespace, 'label', 'cm', 'settings', 'tier=back']);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /already has a value \(front\), and --overwrite is false/);
    await k('label', 'cm', 'settings', 'tier=back', '--overwrite');
    assert.equal(
      await k('get', 'cm', 'settings', '-o', 'jsonpath={.metadata.labels.tier}'),
      'back',
    );
    assert.equal(await k('label', 'cm', 'settings', 'tier-'), 'configmap/settings unlabeled\n');
    assert.equal(
      await k('annotate', 'cm', 'settings', 'note=one two'),
      'configmap/settings annotated\n',
    );
    assert.equal(
      await k('get', 'cm', 'settings', '-o', 'jsonpath={.metadata.annotations.note}'),
      'one two',
    );
    const { code, stderr } = await kubectl.attempt([
      '-n',
      namespace,
      'label',
      'cm',
      'settings',
      'tier=b@d',
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /a valid label must be an empty string or consist of alphanumeric/);
  });

  it('patches in every way', async () => {
    await feed(deployment('web'), 'create', '-f', '-');
    const patch = (type: string, body: string) =>
      k('patch', 'deploy', 'web', `--type=${type}`, '-p', body);
    const strategic = {
      spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } },
    };
    assert.equal(
      await patch('strategic', JSON.stringify(strategic)),
      'deployment.apps/web patched\n',
    );
    const images = () =>
      k('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[*].image}');
    assert.deepEqual((await images()).split(' ').sort(), ['berth.dev/sample:1', 'side:1']);
    await patch(
      'merge',
      '{"spec":{"replicas":4,"template":{"spec":{"containers":[{"name":"web","image":"new:1"}]}}}}',
    );
    assert.equal(await images(), 'new:1');
    await patch(
      'json',
      '[{"op":"test","path":"/spec/replicas","value":4},{"op":"replace","path":"/spec/replicas","value":1}]',
    );
    assert.equal((await read<Deployment>('deploy', 'web')).spec.replicas, 1);
    // kubectl compares whole objects, and the controller may write the status in between.
    await eventuallyHolds(async () => {
      assert.match(await patch('merge', '{"spec":{"replicas":1}}'), /patched \(no change\)/);
    });
    const failing = [
      '-n',
      namespace,
      'patch',
      'deploy',
      'web',
      '--type=json',
      '-p',
      '[{"op":"test","path":"/spec/replicas","value":9}]',
    ];
    assert.equal((await kubectl.attempt(failing)).code, 1);
    const scale = [
      'patch',
      'deploy',
      'web',
      '--subresource=scale',
      '--type=merge',
      '-p',
      '{"spec":{"replicas":2}}',
    ];
    assert.match(await k(...scale), /patched$/m);
    assert.equal((await read<Deployment>('deploy', 'web')).spec.replicas, 2);
  });

  it('sets images, environment and resources', async () => {
    await feed(deployment('web'), 'create', '-f', '-');
    await k('set', 'image', 'deploy/web', 'web=other:2');
    await k('set', 'env', 'deploy/web', 'A=b');
    await k('set', 'resources', 'deploy/web', '--limits=cpu=200m');
    const container = (await read<Deployment>('deploy', 'web')).spec.template.spec?.containers[0];
    assert.equal(container?.image, 'other:2');
    assert.deepEqual(container.env, [{ name: 'A', value: 'b' }]);
    assert.equal(container.resources?.limits?.cpu, '200m');
  });

  it('scales', async () => {
    await feed(deployment('web', { replicas: 1 }), 'create', '-f', '-');
    assert.equal(await k('scale', 'deploy', 'web', '--replicas=3'), 'deployment.apps/web scaled\n');
    await k('rollout', 'status', 'deploy/web', '--timeout=90s');
    assert.equal((await read<Deployment>('deploy', 'web')).status?.readyReplicas, 3);
    const wrong = [
      '-n',
      namespace,
      'scale',
      'deploy',
      'web',
      '--current-replicas=1',
      '--replicas=2',
    ];
    assert.equal((await kubectl.attempt(wrong)).code, 1);
    await k('scale', 'deploy', 'web', '--current-replicas=3', '--replicas=0');
    await eventuallyHolds(async () => assert.equal(await k('get', 'pods', '-o', 'name'), ''), {
      withinMs: 60_000,
    });
  });

  it('deletes: one, by label, all, forced, and with orphans', async () => {
    await feed(pod('a'), 'create', '-f', '-');
    await feed(pod('b'), 'create', '-f', '-');
    assert.match(await k('delete', 'pod', 'a'), /^pod "a" deleted/);
    assert.match(
      await k('delete', 'pod', '-l', 'run=b', '--grace-period=0', '--force'),
      /pod "b" force deleted/,
    );
    await feed(deployment('web', { replicas: 1 }), 'create', '-f', '-');
    await k('rollout', 'status', 'deploy/web', '--timeout=90s');
    await k('delete', 'deploy', 'web', '--cascade=orphan');
    assert.match(await k('get', 'rs', '-o', 'name'), /replicaset\.apps\/web-/);
    await k('delete', 'rs', '--all', '--cascade=foreground');
    assert.equal(await k('get', 'pods,rs', '-o', 'name'), '');
    assert.equal((await kubectl.attempt(['-n', namespace, 'delete', 'pod', 'a'])).code, 1);
    assert.equal(await k('delete', 'pod', 'a', '--ignore-not-found'), '');
    await k('create', 'configmap', 'c');
    await k('delete', 'configmap', '--all');
    await kubectl('delete', 'namespace', namespace, '--timeout=60s');
    assert.equal((await kubectl.attempt(['get', 'namespace', namespace])).code, 1);
  });
});
