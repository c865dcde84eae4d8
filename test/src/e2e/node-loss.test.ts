import assert from 'node:assert/strict';
import { deployment } from '../conformance/manifests.ts';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { succeed } from '../testing/command.ts';
import { vethOf } from '../testing/machine.ts';
import { inventoryOf } from '../testing/node-inventory.ts';
import { patience, useCluster } from './real-machine.ts';
import { isNodeReady, isReady, nodesOf, podsOf } from './state.ts';

const lost = 'node-2';
const other = 'node-1';

describe('the loss of a node', function () {
  this.timeout(300_000);
  const cluster = useCluster({
    nodes: 2,
    flags: ['--node-monitor-grace-period', '10s', '--default-toleration-seconds', '3'],
  });

  before(async () => {
    const { kubectl } = cluster();
    await kubectl.feed(deployment('web', { replicas: 4 }), 'apply', '-f', '-');
    await kubectl('rollout', 'status', 'deploy/web', '--timeout=120s');
  });

  const readyPods = async () => (await podsOf(cluster(), 'app=web')).filter(isReady);
  const lostNode = async () =>
    (await nodesOf(cluster())).find(({ metadata }) => metadata.name === lost)!;

  /** Every pod of the node that is gone runs elsewhere. */
  const moved = async () => {
    // The condition and the taints are written one after the other.
    await eventuallyHolds(async () => {
      const { spec, status } = await lostNode();
      assert.equal(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'Unknown');
      const taints = (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
      assert.ok(
        taints.includes('node.kubernetes.io/unreachable:NoExecute'),
        `taints: ${taints.join()}`,
      );
    }, patience);
    await eventually(async () => {
      const ready = await readyPods();
      return ready.length === 4 && ready.every((pod) => pod.spec.nodeName === other);
    }, patience);
  };

  /** The node is back, and has nothing of what it had. */
  const cameBackClean = async () => {
    await eventually(async () => isNodeReady(await lostNode()), patience);
    await eventually(async () => ((await lostNode()).spec.taints ?? []).length === 0, patience);
    await eventually(async () => (await podsOf(cluster(), 'app=web')).length === 4, patience);
    await eventuallyHolds(async () => {
      const { containers, sandboxes, shims, namespaces, cables, addresses } = await inventoryOf(
        cluster().dataDir,
        lost,
      );
      assert.deepEqual(
        { containers, sandboxes, shims, namespaces, cables, addresses },
        { containers: [], sandboxes: [], shims: [], namespaces: [], cables: [], addresses: [] },
      );
    }, patience);
  };

  /** Pods on both nodes again. */
  const spread = async () => {
    await cluster().kubectl('rollout', 'restart', 'deploy/web');
    await cluster().kubectl('rollout', 'status', 'deploy/web', '--timeout=120s');
    await eventually(async () => {
      const pods = await podsOf(cluster(), 'app=web');
      return pods.length === 4 && pods.some(({ spec }) => spec.nodeName === lost);
    }, patience);
  };

  it('by the death of its agent and its runtime moves its pods, until it comes back clean', async () => {
    assert.ok((await readyPods()).some(({ spec }) => spec.nodeName === lost));
    const supervisor = await cluster().supervisorPid();
    // Whoever would start them again is held.
    process.kill(supervisor, 'SIGSTOP');
    try {
      const pids = await cluster().pids();
      process.kill(pids[`agent-${lost}`]!, 'SIGKILL');
      process.kill(pids[`containerd-${lost}`]!, 'SIGKILL');
      await moved();
    } finally {
      process.kill(supervisor, 'SIGCONT');
    }
    await cameBackClean();
    await spread();
  });

  it('by a cut cable moves its pods, until it comes back clean', async () => {
    const cable = vethOf(cluster().dataDir, 2);
    const stays = (await readyPods()).filter(({ spec }) => spec.nodeName === other);
    await succeed('ip', ['link', 'set', cable, 'down']);
    try {
      await moved();
    } finally {
      await succeed('ip', ['link', 'set', cable, 'up']);
    }
    const names = new Set((await readyPods()).map(({ metadata }) => metadata.name));
    assert.ok(
      stays.every(({ metadata }) => names.has(metadata.name)),
      'pods elsewhere stay',
    );
    await cameBackClean();
    await spread();
  });
});
