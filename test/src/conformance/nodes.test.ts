import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { eventually, eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';
import { deployment, pod } from './manifests.ts';

describe('kubectl cares for nodes', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
  });
  beforeEach(async () => {
    namespace = await newNamespace(cluster);
  });
  afterEach(async () => {
    await kubectl('uncordon', 'node-1', 'node-2');
    await kubectl('taint', 'node', '--all', 'dedicated-').catch(() => undefined);
  });
  const nodesOfPods = async () => {
    const { items } = await kubectl.json<{ readonly items: readonly Pod[] }>(
      '-n',
      namespace,
      'get',
      'pods',
    );
    return items.map(({ spec }) => spec.nodeName);
  };

  it('cordons and uncordons', async () => {
    assert.match(await kubectl('cordon', 'node-1'), /node-1 cordoned/);
    assert.match(await kubectl('get', 'nodes'), /^node-1 +Ready,SchedulingDisabled/m);
    await kubectl.feed(deployment('web', { replicas: 3 }), '-n', namespace, 'apply', '-f', '-');
    await kubectl('-n', namespace, 'rollout', 'status', 'deploy/web', '--timeout=90s');
    assert.deepEqual(await nodesOfPods(), ['node-2', 'node-2', 'node-2']);
    assert.match(await kubectl('uncordon', 'node-1'), /node-1 uncordoned/);
  });

  it('drains, and its pods move', async () => {
    await kubectl.feed(deployment('web', { replicas: 4 }), '-n', namespace, 'apply', '-f', '-');
    await kubectl('-n', namespace, 'rollout', 'status', 'deploy/web', '--timeout=90s');
    await kubectl.feed(
      pod('alone', '  nodeSelector: {kubernetes.io/hostname: node-1}'),
      '-n',
      namespace,
      'apply',
      '-f',
      '-',
    );
    await kubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pod/alone', '--timeout=60s');
    const drain = [
      'drain',
      'node-1',
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      '--timeout=60s',
    ];
    const refused = await kubectl.attempt([...drain, `--pod-selector=run`]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /cannot delete Pods that declare no controller \(use --force to override\)/,
    );
    assert.match(await kubectl(...drain, '--force'), /node\/node-1 drained/);
    await eventually(
      async () => {
        const at = await nodesOfPods();
        return at.length === 4 && at.every((name) => name === 'node-2');
      },
      { withinMs: 60_000, everyMs: 200 },
    );
  });

  it('drains no further than a disruption budget allows', async () => {
    const k = (...args: readonly string[]) => kubectl('-n', namespace, ...args);
    await kubectl.feed(deployment('kept', { replicas: 1 }), '-n', namespace, 'apply', '-f', '-');
    await k('rollout', 'status', 'deploy/kept', '--timeout=90s');
    await k('create', 'pdb', 'kept', '--selector=app=kept', '--min-available=1');
    await k('wait', '--for=jsonpath={.status.currentHealthy}=1', 'pdb/kept', '--timeout=60s');
    const [node = ''] = await nodesOfPods();
    const drain = ['drain', node, '--ignore-daemonsets', '--pod-selector=app=kept'];
    const refused = await kubectl.attempt([...drain, '--timeout=4s']);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /\(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\.$/m,
    );
    await k('patch', 'pdb', 'kept', '-p', '{"spec":{"minAvailable":0}}');
    await k('wait', '--for=jsonpath={.status.disruptionsAllowed}=1', 'pdb/kept', '--timeout=60s');
    assert.match(await kubectl(...drain, '--timeout=60s'), new RegExp(`node/${node} drained`));
  });

  it('taints, and only who tolerates it comes', async () => {
    await kubectl('taint', 'node', 'node-1', 'node-2', 'dedicated=db:NoSchedule');
    await kubectl.feed(pod('plain'), '-n', namespace, 'apply', '-f', '-');
    const tolerations =
      '  tolerations: [{key: dedicated, operator: Equal, value: db, effect: NoSchedule}]';
    await kubectl.feed(pod('db', tolerations), '-n', namespace, 'apply', '-f', '-');
    await kubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pod/db', '--timeout=60s');
    await kubectl(
      '-n',
      namespace,
      'wait',
      '--for=condition=PodScheduled=false',
      'pod/plain',
      '--timeout=60s',
    );
    await eventuallyHolds(async () =>
      assert.match(
        await kubectl('-n', namespace, 'describe', 'pod', 'plain'),
        /0\/2 nodes are available: 2 node\(s\) had untolerated taint/,
      ),
    );
    await kubectl('taint', 'node', 'node-1', 'dedicated-');
    await kubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pod/plain', '--timeout=60s');
  });
});
