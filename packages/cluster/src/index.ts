export { startControlPlane } from './control-plane/control-plane.ts';
export type { ControlPlane, ControlPlaneOptions } from './control-plane/control-plane.ts';
