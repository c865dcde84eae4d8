import type { Metrics } from '@berth/component-base/metrics';
import type { QueueDepths } from './queue.ts';

type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** What the scheduler counts. Times are in ms. */
export interface SchedulerMetrics {
  /** One attempt ended: decision and bind, or the decision alone where nothing could be bound. */
  attempted(result: AttemptResult, profile: string, ms: number): void;
  /** A pod got its node after so many attempts, this long after it could first be tried. */
  scheduled(attempts: number, sinceMs: number): void;
  /** The algorithm took this long for one pod. */
  decided(ms: number): void;
  /** One extension point was run for one pod. */
  extensionPoint(
    point: 'Filter' | 'Bind' | 'PostFilter',
    status: string,
    profile: string,
    ms: number,
  ): void;
  /** One plugin of the user's was asked about one pod. */
  pluginExecuted(plugin: string, point: string, status: 'Success' | 'Error', ms: number): void;
  /** A pod came into a queue, and what brought it there. */
  incoming(queue: keyof QueueDepths, event: string): void;
  /** Pods that one preemption evicts. */
  preempted(victims: number): void;
  /** Read whenever metrics are asked for. */
  watchQueue(depths: () => QueueDepths): void;
  /** Read whenever metrics are asked for: nodes, pods on them, and pods that are assumed there. */
  watchCache(
    sizes: () => { readonly nodes: number; readonly pods: number; readonly assumed: number },
  ): void;
}

const powers = (start: number, factor: number, count: number) =>
  Array.from({ length: count }, (_, i) => start * factor ** i);

/** Attempts are told apart up to here. */
const manyAttempts = 15;

/** Under upstream's names, labels and buckets, so that public dashboards fit. */
export function createSchedulerMetrics(metrics: Metrics): SchedulerMetrics {
  const attempts = metrics.counter(
    'scheduler_schedule_attempts_total',
    'Attempts to schedule pods, by result.',
    ['result', 'profile'],
  );
  const attemptDuration = metrics.histogram(
    'scheduler_scheduling_attempt_duration_seconds',
    'Time of one attempt, decision and binding together.',
    ['result', 'profile'],
    powers(0.001, 2, 15),
  );
  const sli = metrics.histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'Time from a pod entering the queue to its binding, over all attempts.',
    ['attempts'],
    powers(0.01, 2, 20),
  );
  const attemptsPerPod = metrics.histogram(
    'scheduler_pod_scheduling_attempts',
    'Attempts that it took to place a pod.',
    [],
    powers(1, 2, 5),
  );
  const algorithm = metrics.histogram(
    'scheduler_scheduling_algorithm_duration_seconds',
    'Time that one decision took.',
    [],
    powers(0.001, 2, 15),
  );
  const point = metrics.histogram(
    'scheduler_framework_extension_point_duration_seconds',
    'Time that all plugins of one extension point took together.',
    ['extension_point', 'status', 'profile'],
    powers(0.0001, 2, 12),
  );
  const plugins = metrics.histogram(
    'scheduler_plugin_execution_duration_seconds',
    'Time that one plugin took at an extension point.',
    ['plugin', 'extension_point', 'status'],
    powers(0.00001, 1.5, 20),
  );
  const incoming = metrics.counter(
    'scheduler_queue_incoming_pods_total',
    'Pods that came into a queue, by queue and event.',
    ['queue', 'event'],
  );
  const preemptions = metrics.counter(
    'scheduler_preemption_attempts_total',
    'Attempts to make room by evicting pods.',
  );
  const victims = metrics.histogram(
    'scheduler_preemption_victims',
    'Pods evicted by one preemption.',
    [],
    powers(1, 2, 7),
  );
  const pending = metrics.gauge('scheduler_pending_pods', 'Pods that wait, by queue.', ['queue']);
  const cache = metrics.gauge(
    'scheduler_cache_size',
    'Nodes, pods and assumed pods that decisions see.',
    ['type'],
  );
  return {
    attempted(result, profile, ms) {
      attempts.inc({ result, profile });
      attemptDuration.observe({ result, profile }, ms / 1000);
    },
    scheduled(count, sinceMs) {
      attemptsPerPod.observe({}, count);
      const label = count >= manyAttempts ? `${manyAttempts}+` : String(count);
      sli.observe({ attempts: label }, sinceMs / 1000);
    },
    decided: (ms) => algorithm.observe({}, ms / 1000),
    extensionPoint: (extension_point, status, profile, ms) =>
      point.observe({ extension_point, status, profile }, ms / 1000),
    pluginExecuted: (plugin, extension_point, status, ms) =>
      plugins.observe({ plugin, extension_point, status }, ms / 1000),
    incoming: (queue, event) => incoming.inc({ queue, event }),
    preempted(count) {
      preemptions.inc();
      victims.observe({}, count);
    },
    watchQueue: (depths) =>
      pending.read(() =>
        Object.entries(depths()).map(([queue, value]) => ({
          labels: { queue },
          value: value as number,
        })),
      ),
    watchCache: (sizes) =>
      cache.read(() => {
        const { nodes, pods, assumed } = sizes();
        return [
          { labels: { type: 'nodes' }, value: nodes },
          { labels: { type: 'pods' }, value: pods },
          { labels: { type: 'assumed_pods' }, value: assumed },
        ];
      }),
  };
}
