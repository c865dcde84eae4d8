import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';

import { createAgent } from '../agent.ts';
import type { AgentOptions } from '../agent.ts';
import type { Machine } from '../machine.ts';
import { createFakeCri } from './fake-cri.ts';
import type { FakeCri } from './fake-cri.ts';
import { createMemoryControlPlane } from './memory-control-plane.ts';
import type { MemoryControlPlane } from './memory-control-plane.ts';

export const testMachine: Machine = {
  hostname: 'node',
  cpus: 2,
  memoryBytes: 4 * 1024 ** 3,
  storageBytes: 100 * 1024 ** 3,
  operatingSystem: 'linux',
  architecture: 'amd64',
  kernelVersion: '6.1.0',
  osImage: 'Debian GNU/Linux 12 (bookworm)',
  machineId: 'm',
  systemUuid: 's',
  bootId: 'b',
};

/** An agent over a fake runtime, an in-memory control plane and a clock that a test moves. */
export interface TestAgent {
  readonly clock: FakeClock;
  readonly cri: FakeCri;
  readonly controlPlane: MemoryControlPlane;
  /** Lets everything that is due happen, without moving the clock. */
  settle(): Promise<void>;
  /** Ends the agent; what it made stays. */
  stop(): Promise<void>;
}

/** `world` is what an earlier agent left behind. */
export async function startAgent(
  world: Partial<Pick<TestAgent, 'clock' | 'cri' | 'controlPlane'>> = {},
  options: Partial<AgentOptions> = {},
): Promise<TestAgent> {
  const clock = world.clock ?? createFakeClock();
  const cri = world.cri ?? createFakeCri(clock);
  const controlPlane = world.controlPlane ?? createMemoryControlPlane(clock);
  const agent = createAgent({
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
    readNodeUse: async () => ({ cpuNanoseconds: clock.now() * 1e6, memoryBytes: 1e9 }),
    ...options,
  });
  const stop = new AbortController();
  const done = agent.run(stop.signal);
  const settle = async () => {
    for (let turn = 0; turn < 40; turn += 1) await clock.advance(0);
  };
  await settle();
  return {
    clock,
    cri,
    controlPlane,
    settle,
    async stop() {
      stop.abort();
      await done;
    },
  };
}
