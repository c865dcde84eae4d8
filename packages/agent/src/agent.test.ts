import assert from 'node:assert/strict';

import { makePod, startAgent } from './testing/index.ts';
import type { TestAgent } from './testing/index.ts';

describe('agent', () => {
  let agent: TestAgent;
  beforeEach(async () => void (agent = await startAgent()));
  afterEach(() => agent.stop());

  const status = (key = 'default/a') => agent.controlPlane.pods.get(key)?.status;

  it('runs a pod until it is ready', async () => {
    agent.controlPlane.pods.put(makePod());
    await agent.settle();
    assert.equal(status()?.phase, 'Running');
    assert.equal(status()?.podIP, '10.0.0.1');
    assert.deepEqual(
      status()?.conditions?.map(({ type, status }) => `${type}=${status}`),
      [
        'PodReadyToStartContainers=True',
        'Initialized=True',
        'Ready=True',
        'ContainersReady=True',
        'PodScheduled=True',
      ],
    );
    assert.deepEqual(agent.cri.calls, [
      'runPodSandbox a/0',
      'createContainer c/0',
      'startContainer c',
    ]);
    assert.equal(status()?.containerStatuses?.[0]?.containerID?.startsWith('fake://'), true);
  });
});
