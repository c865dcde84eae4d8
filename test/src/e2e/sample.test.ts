import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { repository } from '../testing/repository.ts';
import { startProber } from './prober.ts';
import type { Prober } from './prober.ts';
import { patience, useCluster } from './real-machine.ts';
import { isReady, podsOf } from './state.ts';

const nodes = ['node-1', 'node-2'];
const selector = 'app.kubernetes.io/name=sample';

describe('the sample application', function () {
  this.timeout(300_000);
  let url: string;
  const probers: Prober[] = [];

  after(async () => {
    for (const prober of probers) await prober.stop();
  });
  const cluster = useCluster({
    nodes: 2,
    flags: ['--hpa-sync-period', '2s', '--stats-interval', '2'],
  });

  before(async () => {
    await cluster().kubectl('apply', '-f', join(repository, 'deploy/examples/sample.yaml'));
  });
  const ready = async () => (await podsOf(cluster(), selector)).filter(isReady);
  const replicas = async () =>
    Number(await cluster().kubectl('get', 'deploy', 'sample', '-o', 'jsonpath={.spec.replicas}'));

  it('gets ready, on both nodes', async () => {
    await cluster().kubectl('rollout', 'status', 'deploy/sample', '--timeout=120s');
    assert.deepEqual((await ready()).map(({ spec }) => spec.nodeName).sort(), nodes);
  });

  it('answers on the address of its Service, in the network of each node', async () => {
    const ip = await cluster().kubectl('get', 'svc', 'sample', '-o', 'jsonpath={.spec.clusterIP}');
    url = `http://${ip}/`;
    for (const node of nodes) probers.push(startProber(cluster(), node, url));
    const names = (await ready()).map(({ metadata }) => metadata.name).sort();
    for (const prober of probers) {
      await eventually(() => prober.seen().size === 2, patience);
      assert.deepEqual([...prober.seen()].sort(), names);
    }
  });

  it('grows under load, and shrinks again when it is over', async () => {
    assert.equal(await replicas(), 2);
    const load = nodes.map((node) =>
      startProber(cluster(), node, `${url}burn?ms=60`, { pauseMs: 10 }),
    );
    try {
      await eventually(
        async () => (await replicas()) >= 4 && (await ready()).length >= 4,
        patience,
      );
    } finally {
      for (const prober of load) await prober.stop();
    }
    await eventuallyHolds(
      async () => {
        assert.equal(await replicas(), 2);
        assert.equal((await podsOf(cluster(), selector)).length, 2);
      },
      { withinMs: 150_000, everyMs: 500 },
    );
    const reasons = await cluster().kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
    assert.ok(reasons.includes('SuccessfulRescale'));
  });

  it('has answered all the while', async () => {
    for (const prober of probers) {
      assert.deepEqual(prober.failures(), []);
      const before = prober.answers();
      assert.ok(before > 20);
      await eventually(() => prober.answers() > before, patience);
    }
  });

  it('rolls over to a new template without a gap', async () => {
    const before = new Set((await ready()).map(({ metadata }) => metadata.uid));
    await cluster().kubectl('rollout', 'restart', 'deploy/sample');
    await cluster().kubectl('rollout', 'status', 'deploy/sample', '--timeout=120s');
    await eventually(
      async () =>
        (await podsOf(cluster(), selector)).every(({ metadata }) => !before.has(metadata.uid)),
      patience,
    );
    for (const prober of probers) assert.deepEqual(prober.failures(), []);
  });
});
