import assert from 'node:assert/strict';

import type { NodeCondition } from '@berth/api';

import { nodeAllocatable, nodeCapacity, nodeStatus, saysTheSame } from './node-status.ts';
import type { NodeIdentity, NodeStatusInput } from './node-status.ts';
import { makePod, startAgent, testMachine } from './testing/index.ts';
import type { TestAgent } from './testing/index.ts';
import { usageBetween } from './stats.ts';

const identity: NodeIdentity = {
  nodeName: 'node',
  nodeIps: ['192.168.0.1'],
  labels: { zone: 'a' },
  taints: [],
  maxPods: 110,
  reserved: { cpu: '500m', memory: '1Gi' },
  version: 'v1.36.0',
  machine: testMachine,
};

describe('node status', () => {
  const of = (over: Partial<NodeStatusInput> = {}) =>
    nodeStatus({
      identity,
      runtime: {
        version: '',
        runtimeName: 'containerd',
        runtimeVersion: '1.6',
        runtimeApiVersion: '',
      },
      images: [],
      health: { problems: [] },
      previous: undefined,
      now: 0,
      ...over,
    });
  const ready = (conditions: readonly NodeCondition[] = []) =>
    conditions.find(({ type }) => type === 'Ready');

  it('says what there is and what pods may use', () => {
    assert.deepEqual(nodeCapacity(identity), {
      cpu: '2',
      memory: '4194304Ki',
      'ephemeral-storage': '104857600Ki',
      pods: '110',
    });
    assert.deepEqual(nodeAllocatable(identity), {
      cpu: '1500m',
      memory: `${(4096 - 1024 - 100) * 1024}Ki`,
      'ephemeral-storage': String(Math.floor(100 * 1024 ** 3 * 0.9)),
      pods: '110',
    });
  });

  it('is ready when nothing is wrong', () => {
    assert.deepEqual(
      of().conditions?.map(({ type, status, reason }) => [type, status, reason]),
      [
        ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
        ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
        ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
        ['Ready', 'True', 'KubeletReady'],
      ],
    );
    const health = { problems: ['container runtime is down'] };
    const condition = ready(of({ health }).conditions);
    assert.deepEqual(
      [condition?.status, condition?.reason, condition?.message],
      ['False', 'KubeletNotReady', 'container runtime is down'],
    );
  });

  it('keeps what others say and when conditions turned', () => {
    const foreign = { type: 'NetworkUnavailable', status: 'False' };
    const first = of();
    const previous = { ...first, conditions: [foreign, ...(first.conditions ?? [])] };
    const second = of({ previous, now: 60_000, health: { problems: ['x'] } });
    assert.deepEqual(second.conditions?.[0], foreign);
    assert.equal(second.conditions[1]?.lastTransitionTime, '1970-01-01T00:00:00Z');
    assert.equal(ready(second.conditions)?.lastTransitionTime, '1970-01-01T00:01:00Z');
  });

  it('is news when anything but the time is', () => {
    const first = of();
    assert.ok(saysTheSame(first, of({ previous: first, now: 60_000 })));
    assert.ok(!saysTheSame(first, of({ previous: first, health: { problems: ['x'] } })));
  });

  it('names the largest images', () => {
    const image = (name: string, size: number) => ({
      id: name,
      repoTags: [name],
      repoDigests: [],
      size,
      username: '',
    });
    const { images } = of({ images: [image('small', 1), image('large', 2)] });
    assert.deepEqual(images, [
      { names: ['large'], sizeBytes: 2 },
      { names: ['small'], sizeBytes: 1 },
    ]);
  });
});

describe('a node', () => {
  let agent: TestAgent;
  beforeEach(async () => void (agent = await startAgent({}, { labels: { zone: 'a' } })));
  afterEach(() => agent.stop());
  const node = () => agent.controlPlane.nodes.get('node');
  const ready = () => node()?.status?.conditions?.find(({ type }) => type === 'Ready');

  it('registers itself with its labels', () => {
    assert.deepEqual(node()?.metadata.labels, {
      zone: 'a',
      'kubernetes.io/hostname': 'node',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'beta.kubernetes.io/arch': 'amd64',
    });
    assert.equal(ready()?.status, 'True');
    assert.equal(node()?.status?.nodeInfo?.containerRuntimeVersion, 'fake://1');
    assert.deepEqual(node()?.status?.addresses, [
      { type: 'InternalIP', address: '192.168.0.1' },
      { type: 'Hostname', address: 'node' },
    ]);
  });

  it('sends a heartbeat every ten seconds, and its status when it changed', async () => {
    const before = agent.controlPlane.heartbeats();
    const status = node()?.status;
    await agent.clock.advance(30_000);
    assert.equal(agent.controlPlane.heartbeats(), before + 3);
    assert.equal(node()?.status, status);
    await agent.clock.advance(300_000);
    assert.notEqual(node()?.status, status);
  });

  it('says at once when the runtime is down, and when it is back', async () => {
    const down = () => {
      throw new Error('gone');
    };
    agent.cri.before('status', down);
    await agent.clock.advance(5000);
    await agent.settle();
    assert.equal(ready()?.message, 'container runtime is down');
    await agent.clock.advance(1000);
    await agent.settle();
    assert.equal(ready()?.status, 'True');
  });

  it('comes back when its object was removed, and after a cut', async () => {
    agent.controlPlane.nodes.remove('node');
    await agent.clock.advance(11_000);
    assert.ok(node());
    agent.controlPlane.nodes.remove('node');
    agent.controlPlane.cut(true);
    await agent.clock.advance(60_000);
    agent.controlPlane.cut(false);
    await agent.clock.advance(10_000);
    await agent.settle();
    assert.ok(node());
  });

  it('reports what its pods use', async () => {
    agent.controlPlane.pods.put(makePod({ metadata: { uid: 'u' } }));
    await agent.settle();
    await agent.clock.advance(20_000);
    await agent.settle();
    const usage = agent.controlPlane.usages.at(-1);
    assert.deepEqual(usage?.pods, [
      {
        uid: 'u',
        namespace: 'default',
        name: 'a',
        containers: [{ name: 'c', cpuNanocores: 100_000_000, memoryBytes: 1_000_000 }],
      },
    ]);
    assert.equal(usage.windowMs, 10_000);
    assert.equal(usage.node.cpuNanocores, 1_000_000_000);
  });
});

describe('usageBetween', () => {
  const node = { cpuNanoseconds: 0, memoryBytes: 0 };
  const stats = (id: string, timestamp: number, usageCoreNanoSeconds: number) => ({
    attributes: {
      id,
      metadata: { name: 'c', attempt: 0 },
      labels: { 'io.kubernetes.pod.uid': 'u' },
      annotations: {},
    },
    cpu: { timestamp, usageCoreNanoSeconds },
  });

  it('leaves out what is new, began anew, or was not measured again', () => {
    const before = { at: 0, node, containers: [stats('a', 1, 5), stats('b', 1, 5)] };
    const containers = [stats('a', 2, 4), stats('b', 1, 5), stats('new', 2, 9)];
    assert.deepEqual(usageBetween(before, { at: 1, node, containers }).pods, []);
  });
});
