import type { QueueDepths } from './queue.ts';

/** What the scheduler counts; names and buckets of the outside form are upstream's. */
export interface SchedulerMetrics {
  /** One attempt ended; `sinceQueuedMs` counts from when the pod first came into the queue. */
  attempted(result: 'scheduled' | 'unschedulable' | 'error', sinceQueuedMs: number): void;
  /** The algorithm took this long for one pod. */
  decided(ms: number): void;
  /** Read whenever metrics are asked for. */
  watchQueue(depths: () => QueueDepths): void;
}
