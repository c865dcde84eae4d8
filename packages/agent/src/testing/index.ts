export { createFakeCri } from './fake-cri.ts';
export type { FakeCri } from './fake-cri.ts';
export {
  createMemoryControlPlane,
  makeConfigMap,
  makePod,
  makeSecret,
} from './memory-control-plane.ts';
export type { MemoryControlPlane, MemoryLevel, RecordedEvent } from './memory-control-plane.ts';
export { startAgent, testMachine } from './start-agent.ts';
export type { TestAgent } from './start-agent.ts';
