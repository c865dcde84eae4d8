import assert from 'node:assert/strict';
import { eventually } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';
import { deployment } from './manifests.ts';

describe('kubectl asks', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
  });

  it('which resources there are', async () => {
    const text = await kubectl('api-resources');
    for (const [name, short, version, namespaced, kind] of [
      ['pods', 'po', 'v1', 'true', 'Pod'],
      ['nodes', 'no', 'v1', 'false', 'Node'],
      ['deployments', 'deploy', 'apps/v1', 'true', 'Deployment'],
      ['horizontalpodautoscalers', 'hpa', 'autoscaling/v2', 'true', 'HorizontalPodAutoscaler'],
      ['priorityclasses', 'pc', 'scheduling.k8s.io/v1', 'false', 'PriorityClass'],
    ] as const) {
      assert.match(
        text,
        new RegExp(`^${name} +${short} +${version} +${namespaced} +${kind}$`, 'm'),
      );
    }
    assert.match(
      await kubectl('api-resources', '--verbs=list,watch', '-o', 'name'),
      /^endpointslices\.discovery\.k8s\.io$/m,
    );
    assert.match(
      await kubectl('api-resources', '--categories=all', '-o', 'name'),
      /^deployments\.apps$/m,
    );
  });

  it('which versions there are', async () => {
    const versions = (await kubectl('api-versions')).trim().split('\n');
    for (const version of [
      'v1',
      'apps/v1',
      'autoscaling/v1',
      'autoscaling/v2',
      'rbac.authorization.k8s.io/v1',
    ]) {
      assert.ok(versions.includes(version), version);
    }
  });

  it('what fields mean', async () => {
    const pod = await kubectl('explain', 'pod.spec.containers');
    assert.match(pod, /^KIND: +Pod\nVERSION: +v1\n/);
    assert.match(pod, /^FIELD: containers <\[\]Container>$/m);
    assert.match(pod, /^ +livenessProbe\t<Probe>$/m);
    assert.match(
      await kubectl('explain', 'deployments', '--recursive'),
      /^ +maxSurge\t<IntOrString>$/m,
    );
    assert.match(
      await kubectl('explain', 'hpa.spec.metrics.resource.target'),
      /averageUtilization\t<integer>/,
    );
    const { code, stderr } = await kubectl.attempt(['explain', 'pod.spec.nothing']);
    assert.equal(code, 1);
    assert.match(stderr, /field "nothing" does not exist/);
  });

  it('for the version, without a complaint about skew', async () => {
    const { code, stdout, stderr } = await kubectl.attempt(['version']);
    assert.equal(code, 0);
    assert.match(stdout, /^Server Version: v1\.36\.\d+\+berth/m);
    assert.equal(stderr, '');
    assert.match(await kubectl('cluster-info'), /control plane.* is running at/);
  });

  it('what it may do', async () => {
    assert.equal(await kubectl('auth', 'can-i', 'create', 'deployments'), 'yes\n');
    const jane = await kubectl.attempt(['auth', 'can-i', 'get', 'pods', '--as=jane']);
    assert.deepEqual([jane.code, jane.stdout], [1, 'no\n']);
    const namespace = await newNamespace(cluster);
    await kubectl('-n', namespace, 'create', 'role', 'reader', '--verb=get', '--resource=pods');
    await kubectl(
      '-n',
      namespace,
      'create',
      'rolebinding',
      'reader',
      '--role=reader',
      '--user=jane',
    );
    const asJane = ['-n', namespace, '--as=jane'];
    assert.equal(await kubectl('auth', 'can-i', 'get', 'pods', ...asJane), 'yes\n');
    assert.match(
      await kubectl('auth', 'can-i', '--list', ...asJane),
      /^pods +\[\] +\[\] +\[get\]$/m,
    );
    const refused = await kubectl.attempt(['get', 'pods', ...asJane]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      new RegExp(
        `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "${namespace}"`,
      ),
    );
    const me = await kubectl('auth', 'whoami');
    assert.match(me, /^Username +kubernetes-admin$/m);
    assert.match(
      me,
      /^Extra: authentication\.kubernetes\.io\/credential-id +\[X509SHA256=[0-9a-f]{64}\]$/m,
    );
  });

  it('and is told of kinds that are on their way out', async () => {
    const { stdout, stderr } = await kubectl.attempt(['get', 'endpoints', 'kubernetes']);
    assert.match(stdout, /^kubernetes +\S+:\d+/m);
    assert.equal(
      stderr,
      'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n',
    );
  });

  it('what nodes and pods use', async () => {
    const namespace = await newNamespace(cluster);
    await kubectl.feed(deployment('web', { replicas: 1 }), '-n', namespace, 'apply', '-f', '-');
    const row = /^web-\S+ +\d+m +\d+Mi/m;
    await eventually(
      async () => row.test((await kubectl.attempt(['-n', namespace, 'top', 'pods'])).stdout),
      { withinMs: 60_000, everyMs: 500 },
    );
    assert.match(
      await kubectl('-n', namespace, 'top', 'pods', '--containers'),
      /^POD +NAME +CPU\(cores\) +MEMORY\(bytes\)/m,
    );
    assert.match(await kubectl('top', 'nodes'), /^node-1 +\d+m +\d+% +\d+Mi +\d+%/m);
  });
});
