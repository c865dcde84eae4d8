export { startControlPlane } from './control-plane/control-plane.ts';
export type { ControlPlane, ControlPlaneOptions } from './control-plane/control-plane.ts';
export { runApiServerProcess, runControlPlane } from './control-plane/run-control-plane.ts';
export {
  runControllerManagerProcess,
  runSchedulerProcess,
} from './control-plane/run-loop-processes.ts';
export { runAgentProcess } from './node/run-agent.ts';
export { runSimulatedNodes } from './node/run-simulated.ts';
export { runDown } from './up/down.ts';
export { runUp } from './up/up.ts';
export type { Self } from './up/up.ts';
