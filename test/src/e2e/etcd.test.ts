import assert from 'node:assert/strict';
import { startEtcd, etcdUnavailable } from '@berth/storage/testing';
import type { EtcdServer } from '@berth/storage/testing';
import { deployment } from '../conformance/manifests.ts';
import { eventuallyHolds } from '../eventually.ts';
import { startCluster } from '../testing/cluster.ts';
import type { Cluster } from '../testing/cluster.ts';
import { succeed } from '../testing/command.ts';
import { skip } from '../testing/skip.ts';
import { needsRealMachine, patience } from './real-machine.ts';

describe('a cluster on etcd', function () {
  this.timeout(300_000);
  let etcd: EtcdServer | undefined;
  let cluster: Cluster | undefined;

  before(async function () {
    needsRealMachine(this);
    const why = etcdUnavailable();
    if (why) skip(this, why);
    etcd = await startEtcd();
    cluster = await startCluster({
      runtime: 'containerd',
      nodes: 1,
      flags: ['--store', 'etcd', '--etcd-servers', etcd.url],
    });
  });
  after(async () => {
    await cluster?.stop();
    await etcd?.stop();
  });
  const kubectl = (...args: readonly string[]) => cluster!.kubectl(...args);
  const scaled = async (replicas: number) => {
    await kubectl('scale', 'deploy', 'web', `--replicas=${replicas}`);
    await kubectl('rollout', 'status', 'deploy/web', '--timeout=120s');
  };

  it('runs what it is given', async () => {
    await cluster!.kubectl.feed(deployment('web', { replicas: 2 }), 'apply', '-f', '-');
    await kubectl('rollout', 'status', 'deploy/web', '--timeout=120s');
    assert.match(await kubectl('get', 'deploy', 'web'), /web +2\/2/);
  });

  it('keeps it where kube-apiserver would', async () => {
    const args = [
      '--endpoints',
      etcd!.url,
      'get',
      '--print-value-only',
      '/registry/deployments/default/web',
    ];
    const stored = JSON.parse(await etcdctl(...args)) as {
      readonly kind: string;
      readonly spec: { readonly replicas: number };
    };
    assert.deepEqual([stored.kind, stored.spec.replicas], ['Deployment', 2]);
  });

  it('goes on after etcd was killed', async () => {
    await etcd!.kill();
    const down = await cluster!.kubectl.attempt([
      'create',
      'configmap',
      'lost',
      '--request-timeout=3s',
    ]);
    assert.equal(down.code, 1);
    await etcd!.start();
    await eventuallyHolds(() => kubectl('create', 'configmap', 'found'), patience);
    await scaled(3);
    await scaled(1);
  });
});

const etcdctl = (...args: readonly string[]) =>
  succeed('etcdctl', args, { env: { ETCDCTL_API: '3' } });
