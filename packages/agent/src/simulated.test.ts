import assert from 'node:assert/strict';

import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { createSimulatedCri } from '@berth/cri';

import { createAgent } from './agent.ts';
import { createMemoryControlPlane, makePod, testMachine } from './testing/index.ts';

const second = 1000;

describe('agent over the simulated runtime', () => {
  const clock = createFakeClock();
  const controlPlane = createMemoryControlPlane(clock);
  const cri = createSimulatedCri({
    clock,
    logger: silentLogger,
    podCidr: '10.244.1.0/24',
    logs: 'none',
  });
  const stop = new AbortController();
  let running: Promise<void>;

  before(() => {
    running = createAgent({
      controlPlane,
      cri,
      clock,
      random: () => 0,
      logger: silentLogger,
      nodeName: 'node',
      nodeIps: ['192.168.0.1'],
      version: 'v1.36.0+test',
      machine: testMachine,
      paths: { dataDir: '/nowhere/data', podLogsDir: '/nowhere/logs' },
      virtual: true,
      readNodeUse: async () => ({ cpuNanoseconds: 0, memoryBytes: 0 }),
      probe: async ({ podIp }) =>
        cri.answers(podIp)
          ? { outcome: 'success', output: '' }
          : { outcome: 'failure', output: 'connection refused' },
    }).run(stop.signal);
  });
  after(async () => {
    stop.abort();
    await running;
    cri.close();
  });

  const status = (name: string) => controlPlane.pods.get(`default/${name}`)?.status;
  const pass = async (ms: number) => {
    for (let turn = 0; turn < 40; turn += 1) await clock.advance(0);
    await clock.advance(ms);
    for (let turn = 0; turn < 40; turn += 1) await clock.advance(0);
  };
  const put = async (name: string, annotations: object, spec: object = {}) => {
    const all = Object.entries(annotations).map(([key, value]) => [
      `simulate.berth.dev/${key}`,
      String(value),
    ]);
    const metadata = { name, annotations: Object.fromEntries(all) as Record<string, string> };
    controlPlane.pods.put(makePod({ metadata, spec }));
    await pass(second);
  };

  it('runs pods as they say they behave', async () => {
    await put('steady', {});
    assert.equal(status('steady')?.phase, 'Running');
    await put('job', { 'exit-after': '5s', 'exit-code': 0 }, { restartPolicy: 'Never' });
    await pass(7 * second);
    assert.equal(status('job')?.phase, 'Succeeded');
    await put('crash', { 'exit-after': '1s', 'exit-code': 4 });
    await pass(60 * second);
    const crashed = status('crash')?.containerStatuses?.[0];
    assert.equal(crashed?.lastState?.terminated?.exitCode, 4);
    assert.ok(crashed.restartCount >= 2);
    await pass(20 * second);
    const used = controlPlane.usages.at(-1)?.pods.find(({ name }) => name === 'steady');
    assert.equal(used?.containers.length, 1);
    for (const name of ['steady', 'job', 'crash']) controlPlane.deletePod(`default/${name}`, 1);
    await pass(2 * second);
    assert.deepEqual(controlPlane.pods.list(), []);
    assert.deepEqual(await cri.runtime.listPodSandbox(), []);
  });
});
