import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import { newNamespace, realCluster, simulatedCluster } from './clusters.ts';
import { pod } from './manifests.ts';

const patience = { withinMs: 60_000, everyMs: 100 };
const limited = `      command: [sh, -c, "while true; do sleep 1; done"]
      resources:
        requests: {cpu: 50m, memory: 32Mi}
        limits: {cpu: 100m, memory: 64Mi}`;

for (const [runtime, open] of [
  ['simulated', simulatedCluster],
  ['containerd', realCluster],
] as const)
  describe(`kubectl resizes pods in place on ${runtime}`, () => {
    let cluster: Cluster;
    let k: (...args: readonly string[]) => Promise<string>;

    before(async function () {
      cluster = await open(this);
      const namespace = await newNamespace(cluster);
      k = (...args) => cluster.kubectl('-n', namespace, ...args);
      await cluster.kubectl.feed(pod('sized', limited), '-n', namespace, 'apply', '-f', '-');
      await k('wait', '--for=condition=Ready', 'pod/sized', '--timeout=90s');
    });
    const resize = (resources: object) =>
      k(
        'patch',
        'pod',
        'sized',
        '--subresource=resize',
        '-p',
        JSON.stringify({ spec: { containers: [{ name: 'main', resources }] } }),
      );
    const statusOf = async () =>
      (JSON.parse(await k('get', 'pod', 'sized', '-o', 'json')) as Pod).status ?? {};

    it('which shows in the status, and in the container', async () => {
      const resources = {
        requests: { cpu: '150m', memory: '32Mi' },
        limits: { cpu: '300m', memory: '96Mi' },
      };
      assert.match(await resize(resources), /pod\/sized patched/);
      await eventuallyHolds(async () => {
        const [status] = (await statusOf()).containerStatuses ?? [];
        assert.deepEqual(status?.resources, resources);
        assert.deepEqual(status.allocatedResources, resources.requests);
        assert.equal(status.restartCount, 0);
      }, patience);
      if (runtime === 'simulated') return;
      const script =
        'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cat /sys/fs/cgroup/cpu.max';
      assert.match(await k('exec', 'sized', '--', 'sh', '-c', script), /^30000\b/);
    });

    it('which stays pending when no node could give so much', async () => {
      await resize({ requests: { cpu: '1k' }, limits: { cpu: '2k' } });
      await eventuallyHolds(async () => {
        const { conditions = [], containerStatuses = [] } = await statusOf();
        const pending = conditions.find(({ type }) => type === 'PodResizePending');
        assert.equal(pending?.reason, 'Infeasible');
        assert.equal(containerStatuses[0]?.resources?.limits?.['cpu'], '300m');
      }, patience);
    });
  });
