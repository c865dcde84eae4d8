export { makePlacement } from '../placement/make-placement.ts';
export type { MakePlacementOptions } from '../placement/make-placement.ts';
