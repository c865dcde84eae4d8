import assert from 'node:assert/strict';

import { makePod, startAgent } from '../testing/index.ts';
import type { TestAgent } from '../testing/index.ts';

type Overrides = Parameters<typeof makePod>[0] & object;

const listening: Overrides['spec'] = {
  containers: [
    {
      name: 'c',
      image: 'busybox',
      imagePullPolicy: 'IfNotPresent',
      ports: [{ containerPort: 80, hostPort: 80 }],
    },
  ],
};

describe('a pod that the node does not take', () => {
  let agent: TestAgent;
  beforeEach(async () => void (agent = await startAgent()));
  afterEach(() => agent.stop());

  const key = (name: string) => `default/${name}`;
  const put = async (name: string, over: Overrides = {}) => {
    agent.controlPlane.pods.put(
      makePod({ ...over, metadata: { name, uid: name, ...over.metadata } }),
    );
    await agent.settle();
  };
  const status = (name: string) => agent.controlPlane.pods.get(key(name))?.status;
  const pass = async (ms: number) => {
    await agent.clock.advance(ms);
    await agent.settle();
  };
  const made = () => agent.cri.calls.filter((call) => call.startsWith('runPodSandbox'));

  it('fails with the reason, and nothing of it is ever made', async () => {
    await put('a', { spec: listening });
    await put('b', { metadata: { generation: 3 }, spec: listening });
    assert.equal(status('a')?.phase, 'Running');
    const message =
      "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    const { startTime, ...shown } = status('b') ?? {};
    assert.ok(startTime);
    assert.deepEqual(shown, {
      phase: 'Failed',
      reason: 'NodePorts',
      message: `Pod was rejected: ${message}`,
      qosClass: 'BestEffort',
      observedGeneration: 3,
    });
    const told = agent.controlPlane.events.find(({ reason }) => reason === 'NodePorts');
    assert.deepEqual([told?.type, told?.message], ['Warning', message]);
    await pass(120_000);
    assert.deepEqual(made(), ['runPodSandbox a/0']);
  });

  it('stays as it is for the next agent, and goes when it is deleted', async () => {
    await put('a', { spec: listening });
    await put('b', { spec: listening });
    const before = status('b');
    await agent.stop();
    agent = await startAgent(agent);
    assert.deepEqual([status('a')?.phase, status('b')], ['Running', before]);
    agent.controlPlane.deletePod(key('b'));
    await agent.settle();
    assert.equal(status('b'), undefined);
    assert.deepEqual(made(), ['runPodSandbox a/0']);
  });

  it('is taken when another one has stopped, or is forgotten by the API', async () => {
    await put('a', { spec: { ...listening, restartPolicy: 'Never' } });
    agent.cri.exit('c', 0);
    await pass(2000);
    assert.equal(status('a')?.phase, 'Succeeded');
    await put('b', { spec: listening });
    assert.equal(status('b')?.phase, 'Running');
    agent.controlPlane.pods.remove(key('b'));
    await put('d', { spec: listening });
    assert.equal(status('d')?.phase, 'Running');
  });

  it('waits a moment for what the node says of itself', async () => {
    const [node] = agent.controlPlane.nodes.list();
    assert.ok(node);
    const chosen = { spec: { nodeSelector: { disk: 'ssd' } } };
    await put('early', chosen);
    assert.notEqual(status('early')?.phase, 'Failed');
    const labels = { ...node.metadata.labels, disk: 'ssd' };
    agent.controlPlane.nodes.put({ ...node, metadata: { ...node.metadata, labels } });
    await pass(1000);
    assert.equal(status('early')?.phase, 'Running');
    await put('wrong', { spec: { nodeSelector: { disk: 'tape' } } });
    await pass(1000);
    assert.deepEqual([status('wrong')?.phase, status('wrong')?.reason], ['Failed', 'NodeAffinity']);
  });
});
