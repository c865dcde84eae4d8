export { makePlacement } from '../placement/make-placement.ts';
export type { MakePlacementOptions } from '../placement/make-placement.ts';
export { startControlPlane } from '../control-plane/control-plane.ts';
export type { ControlPlane } from '../control-plane/control-plane.ts';
