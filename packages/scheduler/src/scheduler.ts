import { isConflict, isNotFound, nodes, pods } from '@berth/api';
import type { Binding, Pod, PodCondition } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Client, EventRecorder, InformerFactory } from '@berth/client';
import { createClusterState } from './cluster-state.ts';
import type { Unschedulable } from './engine/decision.ts';
import { createEngine } from './engine/engine.ts';
import { failureMessage } from './failure-message.ts';
import type { Plugin } from './framework.ts';
import type { SchedulerMetrics } from './metrics.ts';
import { defaultPlugins } from './plugins/index.ts';
import { createSchedulingQueue } from './queue.ts';
import type { QueuedPod, SchedulingQueue } from './queue.ts';
import { watchCluster } from './watch-cluster.ts';

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: SchedulerMetrics;
  readonly plugins?: readonly Plugin[];
  readonly schedulerName?: string;
}

export interface Scheduler {
  /** Places pods until `signal` aborts and every started bind has ended. */
  run(signal: AbortSignal): Promise<void>;
}

/** Binds that may be under way at once; more would only queue up in the API server. */
const bindsInFlight = 64;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { client, informers, recorder, clock, random, logger, metrics } = options;
  const { plugins = defaultPlugins, schedulerName = 'default-scheduler' } = options;
  const state = createClusterState();
  const engine = createEngine({ state, plugins, random });
  const queue = createSchedulingQueue(clock);
  watchCluster({ informers, state, queue, engine, schedulerName });

  const bind = async (pod: QueuedPod, nodeName: string): Promise<void> => {
    const { info } = pod;
    try {
      await client.createSubresource(
        pods,
        info.pod.metadata,
        'binding',
        bindingOf(info.pod, nodeName),
      );
      metrics.attempted('scheduled', clock.now() - pod.since);
      recorder.event(
        info.pod,
        'Normal',
        'Scheduled',
        `Successfully assigned ${info.key} to ${nodeName}`,
        { action: 'Binding' },
      );
      logger.debug('Bound pod', { pod: info.key, node: nodeName });
    } catch (err) {
      await bindFailed(pod, nodeName, err);
    }
  };

  /** The bind may have happened all the same: what the API says decides. */
  const bindFailed = async (pod: QueuedPod, nodeName: string, err: unknown): Promise<void> => {
    const { info } = pod;
    const current = await client.get(pods, info.pod.metadata).catch((reason: unknown) => reason);
    const isGone =
      isNotFound(current) || (isPod(current) && current.metadata.uid !== info.pod.metadata.uid);
    if (isGone || (isPod(current) && current.spec.nodeName)) {
      // The informer will bring the same news; until then the assumed pod is what counts.
      if (isGone) state.forget(info.key);
      return;
    }
    state.forget(info.key);
    metrics.attempted('error', clock.now() - pod.since);
    logger.error('Could not bind pod', { pod: info.key, node: nodeName, err });
    if (isConflict(err)) queue.moved(() => true);
    queue.retry(pod);
  };

  const reportUnschedulable = async (pod: Pod, decision: Unschedulable): Promise<void> => {
    const message = failureMessage(decision);
    recorder.event(pod, 'Warning', 'FailedScheduling', message, { action: 'Scheduling' });
    const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (known?.status === 'False' && known.message === message) return;
    const condition: PodCondition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime:
        known?.status === 'False' ? known.lastTransitionTime! : formatTime(clock.now()),
    };
    await client.patch(
      pods,
      pod.metadata,
      'strategic',
      { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } },
      { subresource: 'status' },
    );
  };

  const decide = (pod: QueuedPod): Promise<void> => {
    const started = clock.monotonic();
    const decision = engine.decide(pod.info);
    metrics.decided(clock.monotonic() - started);
    if (decision.kind === 'bind') {
      state.assume(pod.info, decision.nodeName);
      return bind(pod, decision.nodeName);
    }
    metrics.attempted('unschedulable', clock.now() - pod.since);
    queue.park(pod, decision.refusedBy);
    return reportUnschedulable(pod.info.pod, decision).catch((err: unknown) => {
      logger.debug('Could not report an unschedulable pod', { pod: pod.info.key, err });
    });
  };

  return {
    async run(signal) {
      metrics.watchQueue(() => queue.depths());
      await informers.synced(signal);
      await drain(queue, decide, signal);
    },
  };
}

async function drain(
  queue: SchedulingQueue,
  decide: (pod: QueuedPod) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  for await (const pod of queue.take(signal)) {
    const work: Promise<void> = decide(pod).finally(() => inFlight.delete(work));
    inFlight.add(work);
    if (inFlight.size >= bindsInFlight) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
}

const bindingOf = ({ metadata }: Pod, nodeName: string) =>
  ({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    target: { apiVersion: 'v1', kind: nodes.kind, name: nodeName },
  }) satisfies Omit<Binding, 'metadata'> & { readonly metadata: object };

const isPod = (value: unknown): value is Pod =>
  typeof value === 'object' && value !== null && 'spec' in value;
