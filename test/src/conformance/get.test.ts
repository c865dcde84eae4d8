import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';
import { deployment, pod } from './manifests.ts';

/** What upstream's tables are headed by: always, and with `-o wide`. */
const columns: Readonly<Record<string, readonly [string, string]>> = {
  pods: [
    'NAME READY STATUS RESTARTS AGE',
    'NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES',
  ],
  services: [
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR',
  ],
  deployments: [
    'NAME READY UP-TO-DATE AVAILABLE AGE',
    'NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR',
  ],
  replicasets: [
    'NAME DESIRED CURRENT READY AGE',
    'NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR',
  ],
  horizontalpodautoscalers: [
    'NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE',
    'NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE',
  ],
  configmaps: ['NAME DATA AGE', 'NAME DATA AGE'],
  secrets: ['NAME TYPE DATA AGE', 'NAME TYPE DATA AGE'],
  serviceaccounts: ['NAME SECRETS AGE', 'NAME SECRETS AGE'],
  endpoints: ['NAME ENDPOINTS AGE', 'NAME ENDPOINTS AGE'],
  endpointslices: ['NAME ADDRESSTYPE PORTS ENDPOINTS AGE', 'NAME ADDRESSTYPE PORTS ENDPOINTS AGE'],
  events: [
    'LAST SEEN TYPE REASON OBJECT MESSAGE',
    'LAST SEEN TYPE REASON OBJECT SUBOBJECT SOURCE MESSAGE FIRST SEEN COUNT NAME',
  ],
  roles: ['NAME CREATED AT', 'NAME CREATED AT'],
  rolebindings: ['NAME ROLE AGE', 'NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS'],
  leases: ['NAME HOLDER AGE', 'NAME HOLDER AGE'],
  nodes: [
    'NAME STATUS ROLES AGE VERSION',
    'NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME',
  ],
  namespaces: ['NAME STATUS AGE', 'NAME STATUS AGE'],
  clusterroles: ['NAME CREATED AT', 'NAME CREATED AT'],
  clusterrolebindings: ['NAME ROLE AGE', 'NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS'],
  priorityclasses: [
    'NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY',
    'NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY',
  ],
};

/** What is in no namespace that a test made. */
const elsewhere = [
  'leases',
  'nodes',
  'namespaces',
  'clusterroles',
  'clusterrolebindings',
  'priorityclasses',
];

const endpoints = `
apiVersion: v1
kind: Endpoints
metadata: {name: outside}
subsets: [{addresses: [{ip: 192.0.2.7}], ports: [{port: 80}]}]
`;

describe('kubectl get', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    await kubectl.feed(deployment('web'), 'apply', '-n', namespace, '-f', '-');
    await kubectl(
      '-n',
      namespace,
      'expose',
      'deployment',
      'web',
      '--port=80',
      '--target-port=8080',
    );
    await kubectl(
      '-n',
      namespace,
      'autoscale',
      'deployment',
      'web',
      '--min=2',
      '--max=4',
      '--cpu=50%',
    );
    await kubectl('-n', namespace, 'create', 'configmap', 'settings', '--from-literal=a=b');
    await kubectl.feed(endpoints, 'apply', '-n', namespace, '-f', '-');
    await kubectl('-n', namespace, 'create', 'secret', 'generic', 'key', '--from-literal=a=b');
    await kubectl('-n', namespace, 'create', 'role', 'reader', '--verb=get', '--resource=pods');
    const binding = ['create', 'rolebinding', 'reader', '--role=reader', '--user=jane'];
    await kubectl('-n', namespace, ...binding, `--serviceaccount=${namespace}:default`);
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=90s');
  });

  for (const [kind, [narrow, wide]] of Object.entries(columns)) {
    it(`heads ${kind} as upstream does`, async () => {
      const where = elsewhere.includes(kind) ? ['-A'] : ['-n', namespace];
      const from = (text: string) => text.replace(/^NAMESPACE\s+/, '').split('\n')[0]!;
      const words = (line: string) => line.trim().split(/\s+/).join(' ');
      assert.equal(words(from(await kubectl('get', kind, ...where))), narrow);
      assert.equal(words(from(await kubectl('get', kind, ...where, '-o', 'wide'))), wide);
    });
  }

  const cells = async (...args: readonly string[]) =>
    (await kubectl('-n', namespace, 'get', ...args, '--no-headers'))
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s{2,}/));

  it('fills the cells', async () => {
    const age = /^\d+[smh]/;
    const [web] = await cells('deployments');
    assert.deepEqual(web?.slice(0, 4), ['web', '2/2', '2', '2']);
    assert.match(web[4]!, age);
    for (const row of await cells('pods', '-o', 'wide')) {
      assert.match(row[0]!, /^web-[a-z0-9]+-[a-z0-9]{5}$/);
      assert.deepEqual(row.slice(1, 4), ['1/1', 'Running', '0']);
      assert.match(row[5]!, /^10\.\d+\.\d+\.\d+$/);
      assert.match(row[6]!, /^node-[12]$/);
      assert.deepEqual(row.slice(7), ['<none>', '<none>']);
    }
    const [service] = await cells('services', '-o', 'wide');
    assert.deepEqual([service?.[1], service?.[3], service?.[4]], ['ClusterIP', '<none>', '80/TCP']);
    assert.equal(service?.[6], 'app=web');
    const [replicaSet] = await cells('rs', '-o', 'wide');
    assert.deepEqual(replicaSet?.slice(1, 4), ['2', '2', '2']);
    assert.deepEqual(replicaSet.slice(5, 7), ['web', 'berth.dev/sample:1']);
    const [hpa] = await cells('hpa');
    assert.deepEqual([hpa?.[1], hpa?.[3], hpa?.[4]], ['Deployment/web', '2', '4']);
    const [binding] = await cells('rolebindings', '-o', 'wide');
    assert.deepEqual(
      [binding?.[1], binding?.[3], binding?.at(-1)],
      ['Role/reader', 'jane', `${namespace}/default`],
    );
    const [slice] = await cells('endpointslices');
    assert.deepEqual([slice?.[1], slice?.[2]], ['IPv4', '8080']);
    assert.equal(slice?.[3]?.split(',').length, 2);
  });

  it('names things in every output form', async () => {
    assert.equal(
      await kubectl('-n', namespace, 'get', 'cm', 'settings', '-o', 'name'),
      'configmap/settings\n',
    );
    const yaml = await kubectl('-n', namespace, 'get', 'cm', 'settings', '-o', 'yaml');
    assert.match(yaml, /^apiVersion: v1\ndata:\n {2}a: b\nkind: ConfigMap\n/);
    const { items } = await kubectl.json<{ readonly items: readonly Pod[] }>(
      '-n',
      namespace,
      'get',
      'pods',
    );
    assert.equal(items.length, 2);
    const names = items.map(({ metadata }) => metadata.name).sort();
    const path = await kubectl(
      ...['-n', namespace, 'get', 'pods', '--sort-by=.metadata.name'],
      ...['-o', 'jsonpath={.items[*].metadata.name}'],
    );
    assert.deepEqual(path.split(' '), names);
    const custom = await kubectl(
      ...['-n', namespace, 'get', 'pods', '--sort-by=.metadata.name'],
      ...['-o', 'custom-columns=POD:.metadata.name,PHASE:.status.phase'],
    );
    assert.match(custom, /^POD\s+PHASE\n\S+\s+Running\n/);
  });

  it('selects by labels and fields', async () => {
    await kubectl.feed(pod('alone'), 'apply', '-n', namespace, '-f', '-');
    const names = async (...args: readonly string[]) =>
      (await kubectl('-n', namespace, 'get', 'pods', '-o', 'name', ...args)).split('\n').length - 1;
    assert.equal(await names('-l', 'app=web'), 2);
    assert.equal(await names('-l', 'app notin (web)'), 1);
    assert.equal(await names('-l', '!app'), 1);
    assert.equal(await names('--field-selector', 'metadata.name=alone'), 1);
    assert.equal(await names('--field-selector', 'metadata.name!=alone'), 2);
    await kubectl('-n', namespace, 'delete', 'pod', 'alone', '--now');
  });

  it('shows labels, kinds of several sorts, and all', async () => {
    assert.match(
      await kubectl('-n', namespace, 'get', 'pods', '--show-labels'),
      /LABELS\n.*app=web,pod-template-hash=/,
    );
    assert.match(await kubectl('-n', namespace, 'get', 'pods', '-L', 'app'), /APP\n.*\bweb\n/);
    const several = await kubectl('-n', namespace, 'get', 'deploy,svc');
    assert.match(several, /deployment\.apps\/web[^]*service\/web/);
    const all = await kubectl('-n', namespace, 'get', 'all');
    for (const name of [
      'pod/web-',
      'service/web',
      'deployment.apps/web',
      'replicaset.apps/web-',
      'horizontalpodautoscaler.autoscaling/web',
    ]) {
      assert.ok(all.includes(name), `${name} in\n${all}`);
    }
  });

  it('reads in chunks what is long', async () => {
    const chunked = await kubectl('get', 'clusterroles', '-o', 'name', '--chunk-size=3');
    assert.equal(chunked, await kubectl('get', 'clusterroles', '-o', 'name', '--chunk-size=0'));
    assert.ok(chunked.split('\n').length > 4);
  });

  it('says in upstream words what is not there', async () => {
    const { code, stderr } = await kubectl.attempt(['-n', namespace, 'get', 'pod', 'nobody']);
    assert.deepEqual(
      [code, stderr],
      [1, 'Error from server (NotFound): pods "nobody" not found\n'],
    );
    const none = await kubectl.attempt(['-n', namespace, 'get', 'pods', '-l', 'app=none']);
    assert.deepEqual(
      [none.code, none.stderr],
      [0, `No resources found in ${namespace} namespace.\n`],
    );
    const unknown = await kubectl.attempt(['get', 'gadgets']);
    assert.equal(unknown.stderr, 'error: the server doesn\'t have a resource type "gadgets"\n');
  });

  it('gives raw paths', async () => {
    assert.equal(await kubectl('get', '--raw', '/readyz'), 'ok');
    assert.equal(await kubectl('get', '--raw', '/livez'), 'ok');
    assert.match(await kubectl('get', '--raw', '/version'), /"major": ?"1"/);
    assert.match(
      await kubectl('get', '--raw', '/readyz?verbose'),
      /\[\+\]etcd ok|readyz check passed/,
    );
  });
});

describe('kubectl describe', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    await kubectl.feed(deployment('web', { replicas: 1 }), 'apply', '-n', namespace, '-f', '-');
    await kubectl(
      '-n',
      namespace,
      'expose',
      'deployment',
      'web',
      '--port=80',
      '--target-port=8080',
    );
    await kubectl(
      '-n',
      namespace,
      'autoscale',
      'deployment',
      'web',
      '--min=1',
      '--max=4',
      '--cpu=50%',
    );
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=90s');
  });

  const describeIt = (...args: readonly string[]) => kubectl('-n', namespace, 'describe', ...args);

  it('tells of a pod with its events', async () => {
    const text = await describeIt('pod', '-l', 'app=web');
    for (const line of [
      /^Node: +node-[12]\//m,
      /^Status: +Running$/m,
      /^Controlled By: +ReplicaSet\/web-/m,
      /Image: +berth\.dev\/sample:1/,
      /^ +PodScheduled +True/m,
      /^ +Ready +True/m,
      /QoS Class: +Burstable/,
    ]) {
      assert.match(text, line);
    }
    await eventuallyHolds(async () => {
      const withEvents = await describeIt('pod', '-l', 'app=web');
      assert.match(
        withEvents,
        /Scheduled .* (default-scheduler|berth-scheduler) +Successfully assigned/,
      );
      assert.match(withEvents, /Normal +Started/);
    });
  });

  it('tells of a deployment with its replica sets', async () => {
    const text = await describeIt('deployment', 'web');
    assert.match(
      text,
      /^Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable$/m,
    );
    assert.match(text, /^StrategyType: +RollingUpdate$/m);
    assert.match(text, /^RollingUpdateStrategy: +25% max unavailable, 25% max surge$/m);
    assert.match(text, /^NewReplicaSet: +web-\w+ \(1\/1 replicas created\)$/m);
    await eventuallyHolds(async () =>
      assert.match(
        await describeIt('deployment', 'web'),
        /ScalingReplicaSet .* Scaled up replica set web-\w+ from 0 to 1/,
      ),
    );
  });

  it('tells of services, autoscalers, nodes and namespaces', async () => {
    const service = await describeIt('service', 'web');
    assert.match(service, /^Endpoints: +10\.\d+\.\d+\.\d+:8080$/m);
    assert.match(await describeIt('hpa', 'web'), /^Reference: +Deployment\/web$/m);
    const node = await kubectl('describe', 'node', 'node-1');
    for (const line of [
      /^Capacity:$/m,
      /^ +Ready +True/m,
      /Kubelet Version: +v1\.36/,
      /^Allocated resources:$/m,
    ]) {
      assert.match(node, line);
    }
    assert.match(await kubectl('describe', 'namespace', namespace), /^Status: +Active$/m);
  });
});
