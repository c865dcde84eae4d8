export { createSchedulerMetrics } from './metrics.ts';
export type { SchedulerMetrics } from './metrics.ts';
export { createScheduler } from './scheduler.ts';
export type { Scheduler, SchedulerOptions } from './scheduler.ts';
