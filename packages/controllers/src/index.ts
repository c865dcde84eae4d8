export type { Controller, ControllerContext } from './controller.ts';
export { createControllers } from './create-controllers.ts';
export type { ControllersOptions } from './create-controllers.ts';
export { expandWorkload } from './expand/expand-workload.ts';
export type { Expansion, PodBatch, Present } from './expand/expand-workload.ts';
