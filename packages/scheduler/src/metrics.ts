import type { Metrics } from '@berth/component-base/metrics';
import type { QueueDepths } from './queue.ts';

/** What the scheduler counts. */
export interface SchedulerMetrics {
  /** One attempt ended; `sinceQueuedMs` counts from when the pod first came into the queue. */
  attempted(result: 'scheduled' | 'unschedulable' | 'error', sinceQueuedMs: number): void;
  /** The algorithm took this long for one pod. */
  decided(ms: number): void;
  /** Read whenever metrics are asked for. */
  watchQueue(depths: () => QueueDepths): void;
}

const powers = (start: number, factor: number, count: number) =>
  Array.from({ length: count }, (_, i) => start * factor ** i);

/** Under upstream's names and buckets, so that public dashboards fit. */
export function createSchedulerMetrics(
  metrics: Metrics,
  profile = 'default-scheduler',
): SchedulerMetrics {
  const attempts = metrics.counter(
    'scheduler_schedule_attempts_total',
    'Attempts to schedule pods, by result.',
    ['result', 'profile'],
  );
  const sli = metrics.histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'Time from a pod entering the queue to its binding.',
    [],
    powers(0.01, 2, 20),
  );
  const algorithm = metrics.histogram(
    'scheduler_scheduling_algorithm_duration_seconds',
    'Time that one decision took.',
    [],
    powers(0.0001, 2, 18),
  );
  const pending = metrics.gauge('scheduler_pending_pods', 'Pods that wait, by queue.', ['queue']);
  return {
    attempted(result, sinceQueuedMs) {
      attempts.inc({ result, profile });
      if (result === 'scheduled') sli.observe({}, sinceQueuedMs / 1000);
    },
    decided: (ms) => algorithm.observe({}, ms / 1000),
    watchQueue: (depths) =>
      pending.read(() =>
        Object.entries(depths()).map(([queue, value]) => ({
          labels: { queue },
          value: value as number,
        })),
      ),
  };
}
