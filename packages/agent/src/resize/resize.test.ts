import assert from 'node:assert/strict';

import type { ResourceRequirements } from '@berth/api';
import { CriError } from '@berth/cri';

import { makePod, startAgent } from '../testing/index.ts';
import type { TestAgent } from '../testing/index.ts';

const resources = (cpu: string, memory = '64Mi'): ResourceRequirements => ({
  requests: { cpu, memory },
  limits: { cpu: '1', memory },
});
const container = (cpu: string, memory?: string) => ({
  name: 'c',
  image: 'busybox',
  imagePullPolicy: 'IfNotPresent',
  resources: resources(cpu, memory),
});

describe('resizing in place', () => {
  let agent: TestAgent;
  beforeEach(async () => void (agent = await startAgent()));
  afterEach(() => agent.stop());

  const key = (name: string) => `default/${name}`;
  /** As the API server would after a resize: the spec is new, the status is what the agent reported. */
  const put = async (
    name: string,
    generation: number,
    spec: Parameters<typeof makePod>[0] & object = {},
  ) => {
    const status = agent.controlPlane.pods.get(key(name))?.status;
    const metadata = { name, uid: name, generation };
    agent.controlPlane.pods.put(makePod({ metadata, ...spec, ...(status && { status }) }));
    await agent.settle();
  };
  const ask = (name: string, generation: number, cpu: string, memory?: string) =>
    put(name, generation, { spec: { containers: [container(cpu, memory)] } });
  const status = (name: string) => agent.controlPlane.pods.get(key(name))?.status;
  const first = (name: string) => status(name)?.containerStatuses?.[0];
  const condition = (name: string, type: string) =>
    status(name)?.conditions?.find((candidate) => candidate.type === type);
  const pass = async (ms: number) => {
    await agent.clock.advance(ms);
    await agent.settle();
  };
  const updates = () => agent.cri.calls.filter((call) => call.startsWith('updateContainer'));

  it('gives a running container what it asks for now, without a restart', async () => {
    await ask('a', 1, '100m');
    await ask('a', 2, '500m', '128Mi');
    assert.deepEqual(updates(), [
      `updateContainerResources c ${JSON.stringify({ cpuShares: 512, cpuQuota: 100_000, memoryLimitInBytes: 128 * 1024 ** 2 })}`,
    ]);
    assert.deepEqual(first('a')?.resources, resources('500m', '128Mi'));
    assert.deepEqual(first('a')?.allocatedResources, { cpu: '500m', memory: '128Mi' });
    assert.equal(first('a')?.restartCount, 0);
    assert.equal(status('a')?.observedGeneration, 2);
    assert.equal(condition('a', 'PodResizePending'), undefined);
    assert.equal(condition('a', 'PodResizeInProgress'), undefined);
    await pass(120_000);
    assert.equal(updates().length, 1);
  });

  it('restarts a container whose policy wants that', async () => {
    const policy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
    const of = (cpu: string) => ({
      spec: { containers: [{ ...container(cpu), resizePolicy: policy }] },
    });
    await put('a', 1, of('100m'));
    await put('a', 2, of('200m'));
    assert.deepEqual(updates(), []);
    assert.equal(first('a')?.restartCount, 1);
    assert.deepEqual(first('a')?.resources, resources('200m'));
    assert.equal(agent.cri.config('c')?.linux?.resources?.cpuShares, 204);
  });

  it('says of what the node can never give that it is infeasible, and changes nothing', async () => {
    await ask('a', 1, '100m');
    await ask('a', 2, '20');
    const pending = condition('a', 'PodResizePending');
    assert.deepEqual(
      [pending?.status, pending?.reason, pending?.observedGeneration],
      ['True', 'Infeasible', 2],
    );
    assert.equal(
      pending?.message,
      "Node didn't have enough capacity: cpu, requested: 20000, capacity: 2000",
    );
    assert.deepEqual(first('a')?.allocatedResources, { cpu: '100m', memory: '64Mi' });
    assert.deepEqual(first('a')?.resources, resources('100m'));
    assert.deepEqual(updates(), []);
    await ask('a', 3, '100m');
    assert.equal(condition('a', 'PodResizePending'), undefined);
  });

  it('waits until other pods leave room', async () => {
    await ask('a', 1, '100m');
    await ask('b', 1, '1500m');
    await ask('a', 2, '900m');
    const pending = condition('a', 'PodResizePending');
    assert.equal(pending?.reason, 'Deferred');
    assert.equal(
      pending.message,
      "Node didn't have enough resource: cpu, requested: 900, used: 1500, capacity: 2000",
    );
    assert.deepEqual(updates(), []);
    await ask('b', 2, '200m');
    await pass(3_000);
    assert.equal(condition('a', 'PodResizePending'), undefined);
    assert.deepEqual(first('a')?.resources, resources('900m'));
  });

  it('shows that the runtime refuses, and asks it again', async () => {
    await ask('a', 1, '100m');
    agent.cri.before('updateContainerResources', () => {
      throw new CriError('Unknown', 'the memory is in use');
    });
    await ask('a', 2, '100m', '32Mi');
    const progress = condition('a', 'PodResizeInProgress');
    assert.deepEqual([progress?.status, progress?.reason], ['True', 'Error']);
    assert.match(progress?.message ?? '', /the memory is in use/);
    assert.deepEqual(first('a')?.allocatedResources, { cpu: '100m', memory: '32Mi' });
    assert.deepEqual(first('a')?.resources, resources('100m', '64Mi'));
    await pass(10_000);
    assert.equal(condition('a', 'PodResizeInProgress'), undefined);
    assert.deepEqual(first('a')?.resources, resources('100m', '32Mi'));
  });

  it('keeps what was granted when the agent starts again', async () => {
    await ask('a', 1, '100m');
    await ask('a', 2, '200m');
    await ask('a', 3, '20');
    await agent.stop();
    agent = await startAgent(agent);
    await agent.settle();
    assert.equal(condition('a', 'PodResizePending')?.reason, 'Infeasible');
    assert.deepEqual(first('a')?.resources, resources('200m'));
    assert.equal(first('a')?.restartCount, 0);
  });
});
