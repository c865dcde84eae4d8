import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { startCluster } from '../testing/cluster.ts';
import { tracesOf } from '../testing/machine.ts';
import { deployment } from '../conformance/manifests.ts';
import { needsRealMachine } from './real-machine.ts';

describe('berth down', function () {
  this.timeout(240_000);
  before(function () {
    needsRealMachine(this);
  });

  it('leaves nothing on the machine', async () => {
    const cluster = await startCluster({ runtime: 'containerd', nodes: 2 });
    const { dataDir, kubectl } = cluster;
    const ranges = [cluster.clusterCidr, cluster.serviceCidr];
    try {
      await kubectl.feed(deployment('web', { replicas: 4 }), 'apply', '-f', '-');
      await kubectl('expose', 'deploy', 'web', '--port=80', '--target-port=8080');
      await kubectl('rollout', 'status', 'deploy/web', '--timeout=120s');
      const kinds = new Set((await tracesOf(dataDir, ranges)).map(({ what }) => what));
      for (const kind of [
        'process',
        'network namespace',
        'interface',
        'route',
        'mount',
        'cgroup',
      ]) {
        assert.ok(kinds.has(kind), `a cluster that runs has a ${kind}`);
      }
    } finally {
      await cluster.stop();
    }
    assert.deepEqual(await tracesOf(dataDir, ranges), []);
    await assert.rejects(access(dataDir), { code: 'ENOENT' });
    // Whoever else has namespaces on this machine keeps the place where they are mounted.
    if ((await readdir('/run/netns')).length === 0) {
      assert.doesNotMatch(await readFile('/proc/self/mountinfo', 'utf8'), / \/run\/netns /);
    }
  });

  it('leaves nothing of a cluster whose supervisor was killed', async () => {
    const cluster = await startCluster({ runtime: 'containerd', nodes: 1 });
    const { dataDir, kubectl } = cluster;
    const ranges = [cluster.clusterCidr, cluster.serviceCidr];
    try {
      await kubectl.feed(deployment('web', { replicas: 1 }), 'apply', '-f', '-');
      await kubectl('rollout', 'status', 'deploy/web', '--timeout=120s');
      process.kill(await cluster.supervisorPid(), 'SIGKILL');
    } finally {
      await cluster.stop();
    }
    assert.deepEqual(await tracesOf(dataDir, ranges), []);
  });
});
