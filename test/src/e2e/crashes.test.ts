import assert from 'node:assert/strict';
import { deployment } from '../conformance/manifests.ts';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { inventoryOf } from '../testing/node-inventory.ts';
import { chooseSeed, pick, seededRandom } from '../testing/random.ts';
import { followBindings } from './bindings.ts';
import type { Bindings } from './bindings.ts';
import { patience, useCluster } from './real-machine.ts';
import { isNodeReady, isReady, lifeOf, nodesOf, podsOf } from './state.ts';
import { startWriter } from './writer.ts';
import type { Writer } from './writer.ts';

const rounds = 20;
const nodes = ['node-1', 'node-2'];
const victims = [
  ...['apiserver', 'scheduler', 'controller-manager'],
  ...nodes.flatMap((node) => [`agent-${node}`, `containerd-${node}`]),
];
const steadyReplicas = 4;

describe('kill -9 of every process', function () {
  this.timeout(300_000);
  const seed = chooseSeed();
  const random = seededRandom(seed);
  let writer: Writer | undefined;
  let bindings: Bindings | undefined;
  let lives: readonly string[] = [];

  after(async () => {
    await writer?.stop();
    await bindings?.stop();
  });
  const cluster = useCluster({ nodes: 2, flags: ['--separate-processes'] });

  before(async () => {
    const { kubectl, client } = cluster();
    console.log(`    BERTH_TEST_SEED=${seed}`);
    await kubectl('create', 'namespace', 'writer');
    await kubectl.feed(deployment('steady', { replicas: steadyReplicas }), 'apply', '-f', '-');
    await kubectl('expose', 'deploy', 'steady', '--port=80', '--target-port=8080');
    await kubectl.feed(deployment('busy', { replicas: 1 }), 'apply', '-f', '-');
    for (const name of ['steady', 'busy']) {
      await kubectl('rollout', 'status', `deploy/${name}`, '--timeout=120s');
    }
    writer = await startWriter(client);
    bindings = await followBindings(client);
    lives = await steadyLives();
  });

  const steadyLives = async () => (await podsOf(cluster(), 'app=steady')).map(lifeOf).sort();

  /** Every process runs, every node is ready, every pod that should be there is, and no other. */
  const converged = (busyReplicas: number) =>
    eventuallyHolds(async () => {
      assert.equal((await nodesOf(cluster())).filter(isNodeReady).length, nodes.length);
      const busy = await podsOf(cluster(), 'app=busy');
      assert.deepEqual([busy.length, busy.filter(isReady).length], [busyReplicas, busyReplicas]);
      const steady = await podsOf(cluster(), 'app=steady');
      assert.equal(steady.filter(isReady).length, steadyReplicas);
    }, patience);

  const kill = async (victim: string) => {
    // An agent is started anew after its containerd was: the one that was read of may just have ended.
    const pid = await eventuallyHolds(async () => {
      const running = (await cluster().pids())[victim];
      assert.ok(running, `${victim} runs`);
      process.kill(running, 'SIGKILL');
      return running;
    }, patience);
    await eventually(async () => (await cluster().pids())[victim] !== pid, patience);
  };

  for (let round = 1; round <= rounds; round += 1) {
    // Each at least once, then at random.
    const victim = victims[round - 1] ?? pick(victims, random);
    const replicas = Math.floor(random() * 4);
    const delayMs = Math.floor(random() * 600);
    it(`${round}: ${victim}, ${delayMs} ms after a change to ${replicas} replicas`, async () => {
      const { kubectl } = cluster();
      const before = writer!.acknowledged();
      await kubectl('scale', 'deploy', 'busy', `--replicas=${replicas}`);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await kill(victim);
      await converged(replicas);
      assert.deepEqual(await steadyLives(), lives, 'containers that are well are left alone');
      assert.deepEqual(await writer!.broken(), []);
      await eventually(() => writer!.acknowledged() > before, patience);
    });
  }

  it('bound no pod twice', async () => {
    const { kubectl } = cluster();
    await kubectl('scale', 'deploy', 'busy', '--replicas=2');
    await converged(2);
    assert.deepEqual(await bindings!.stop(), []);
  });

  it('leaks nothing', async () => {
    const expected = await podsOf(cluster());
    for (const node of nodes) {
      const here = expected.filter(({ spec }) => spec.nodeName === node);
      await eventuallyHolds(async () => {
        const found = await inventoryOf(cluster().dataDir, node);
        const ids = here.flatMap(({ status }) =>
          (status?.containerStatuses ?? []).map(({ containerID }) => containerID?.split('//')[1]),
        );
        assert.deepEqual([...found.containers].sort(), ids.sort(), 'containers');
        assert.equal(found.sandboxes.length, here.length, 'sandboxes');
        assert.deepEqual([...found.shims].sort(), [...found.sandboxes].sort(), 'shims');
        assert.equal(found.namespaces.length, here.length, 'network namespaces');
        assert.equal(found.cables.length, here.length, 'cables');
        assert.deepEqual(
          [...found.addresses].sort(),
          here.map(({ status }) => status?.podIP).sort(),
          'addresses',
        );
        const steady = expected.filter(({ metadata }) => metadata.labels?.app === 'steady');
        const targets = found.targets.filter((address) => !address.startsWith('10.89.'));
        assert.deepEqual(
          targets.sort(),
          steady.map(({ status }) => status?.podIP).sort(),
          'targets',
        );
      }, patience);
    }
  });
});
