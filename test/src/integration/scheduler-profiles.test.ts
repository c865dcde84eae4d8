import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { events, findCondition, nodes, pods } from '@berth/api';
import type { Pod } from '@berth/api';
import { startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { createClient, createEventRecorder, createInformerFactory } from '@berth/client';
import type { Client } from '@berth/client';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { createScheduler, createSchedulerMetrics, readConfiguration } from '@berth/scheduler';
import { eventually } from '../eventually.ts';
import { repository } from '../testing/repository.ts';

const example = `${repository}deploy/examples/scheduler/configuration.yaml`;
const team = 'example.com/team';

/** Runs a scheduler with this configuration, as the user that it is in a cluster. */
function runScheduler(api: TestServer, file: string) {
  const clock = systemClock;
  const random = Math.random;
  const logger = silentLogger;
  const user = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };
  const client = createClient(api.as(user), { userAgent: 'kube-scheduler' });
  const informers = createInformerFactory({ client, clock, random, logger });
  const identity = { component: 'default-scheduler', instance: randomUUID() };
  const recorder = createEventRecorder({ client, clock, logger, ...identity });
  const registry = createMetrics();
  const metrics = createSchedulerMetrics(registry);
  const scheduler = createScheduler({
    ...{ client, informers, recorder, clock, random, logger, metrics },
    configuration: readConfiguration(file),
    resolveModule: (module) => new URL(module, pathToFileURL(example)).href,
  });
  const stop = new AbortController();
  const ended = Promise.all([informers.run(stop.signal), scheduler.run(stop.signal)]);
  return { registry, ended, stop: () => stop.abort() };
}

async function addNode(client: Client, name: string, labels = {}): Promise<void> {
  const room = { cpu: '4', memory: '8Gi', pods: '110' };
  const node = await client.create(nodes, { metadata: { name, labels }, spec: {} });
  await client.updateStatus(nodes, { ...node, status: { capacity: room, allocatable: room } });
}

const addPod = (client: Client, name: string, spec: Partial<Pod['spec']> = {}, labels = {}) => {
  const resources = { requests: { cpu: '100m', memory: '64Mi' } };
  const containers = [{ name: 'main', image: 'example.com/app:1', resources }];
  const metadata = { name, namespace: 'default', labels };
  return client.create(pods, { metadata, spec: { containers, ...spec } });
};
const nodeOf = (client: Client, name: string) =>
  eventually(
    async () => (await client.get(pods, { namespace: 'default', name })).spec.nodeName ?? '',
  );
const eventsOf = async (client: Client, name: string) =>
  (await client.list(events, { namespace: 'default' })).items.filter(
    ({ involvedObject }) => involvedObject.name === name,
  );

describe('scheduler profiles', function () {
  this.timeout(60_000);
  let api: TestServer;
  let client: Client;
  let running: ReturnType<typeof runScheduler>;
  const start = async (file: string) => {
    api = await startApiServer();
    client = createClient(api.transport, { userAgent: 'test' });
    running = runScheduler(api, file);
  };
  afterEach(async () => {
    running.stop();
    await running.ended.catch(() => undefined);
    await api.close();
  });

  it('of the example place pods by a plugin in TypeScript, or pack them, and leave the others alone', async () => {
    await start(await readFile(example, 'utf8'));
    await addNode(client, 'red', { [team]: 'red' });
    await addNode(client, 'shared-1');
    await addNode(client, 'shared-2');
    await addPod(client, 'other', { schedulerName: 'somebody-else' });
    await addPod(client, 'gated', { schedulingGates: [{ name: 'example.com/wait' }] });

    for (let i = 0; i < 4; i += 1) await addPod(client, `blue-${i}`, {}, { [team]: 'blue' });
    const blue = await Promise.all([0, 1, 2, 3].map((i) => nodeOf(client, `blue-${i}`)));
    assert.ok(!blue.includes('red'), blue.join());
    await addPod(client, 'red-1', { nodeSelector: { [team]: 'red' } }, { [team]: 'red' });
    assert.equal(await nodeOf(client, 'red-1'), 'red');
    await addPod(client, 'thief', { nodeSelector: { [team]: 'red' } }, { [team]: 'blue' });
    const refused = await eventually(async () => {
      const thief = await client.get(pods, { namespace: 'default', name: 'thief' });
      return findCondition(thief.status?.conditions, 'PodScheduled');
    });
    assert.match(
      refused?.message ?? '',
      /^0\/3 nodes are available: .*node\(s\) belonged to another team/,
    );

    for (let i = 0; i < 6; i += 1) {
      await addPod(client, `packed-${i}`, { schedulerName: 'packing-scheduler' });
      await nodeOf(client, `packed-${i}`);
    }
    const packed = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => nodeOf(client, `packed-${i}`)));
    assert.equal(new Set(packed).size, 1, packed.join());

    for (const name of ['other', 'gated']) {
      const { spec } = await client.get(pods, { namespace: 'default', name });
      assert.equal(spec.nodeName, undefined);
      assert.deepEqual(await eventsOf(client, name), []);
    }
    const text = await running.registry.text();
    assert.match(
      text,
      /scheduler_schedule_attempts_total\{result="scheduled",profile="packing-scheduler"\} 6/,
    );
    assert.match(text, /scheduler_plugin_execution_duration_seconds_count\{.*plugin="TeamNodes"/);
    assert.match(text, /scheduler_pending_pods\{queue="gated"\} 1/);
    assert.match(
      text,
      /scheduler_queue_incoming_pods_total\{queue="active",event="UnscheduledPodAdd"\}/,
    );
  });

  it('with a plugin that never answers fail their own pods with the reason, and place those of others', async () => {
    const endless = 'export default () => ({ filter() { for (;;); } })';
    await start(`
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
- schedulerName: stuck-scheduler
  plugins: {filter: {enabled: [{name: Endless}]}}
  pluginConfig:
  - name: Endless
    args: {module: 'data:text/javascript,${encodeURIComponent(endless)}', timeout: 50ms}
`);
    await addNode(client, 'n1');
    await addPod(client, 'stuck', { schedulerName: 'stuck-scheduler' });
    await eventually(async () => (await eventsOf(client, 'stuck')).length > 0);
    const [event] = await eventsOf(client, 'stuck');
    assert.equal(event!.reason, 'FailedScheduling');
    assert.match(
      event!.message ?? '',
      /^running Filter plugin "Endless": it did not answer within 50ms$/,
    );
    const stuck = await client.get(pods, { namespace: 'default', name: 'stuck' });
    const condition = findCondition(stuck.status?.conditions, 'PodScheduled');
    assert.equal(condition?.reason, 'SchedulerError');
    for (let i = 0; i < 3; i += 1) {
      await addPod(client, `free-${i}`);
      assert.equal(await nodeOf(client, `free-${i}`), 'n1');
    }
    const text = await running.registry.text();
    assert.match(
      text,
      /scheduler_schedule_attempts_total\{result="error",profile="stuck-scheduler"\} \d/,
    );
    assert.match(text, /plugin="Endless",extension_point="Filter",status="Error"/);
  });
});
