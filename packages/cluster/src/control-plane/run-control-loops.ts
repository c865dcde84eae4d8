import type { Transport } from '@berth/api';
import {
  createClient,
  createEventRecorder,
  createInformerFactory,
  runAsLeader,
} from '@berth/client';
import type { Client, EventRecorder, InformerFactory, LeaderElectionOptions } from '@berth/client';
import type { Clock, Logger } from '@berth/component-base';
import type { Metrics } from '@berth/component-base/metrics';
import { createControllers } from '@berth/controllers';
import type { ControllersOptions } from '@berth/controllers';
import { createScheduler, createSchedulerMetrics, defaultConfiguration } from '@berth/scheduler';
import type { SchedulerConfiguration } from '@berth/scheduler';

/** What a control loop runs on. */
export interface LoopContext {
  /** Speaks to the API server as the user that the loop is. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Names this process in leases and events; unique in the cluster. */
  readonly identity: string;
  /** Without it the loop runs at once: right when the process is the only one of its kind. */
  readonly leaderElect: boolean;
  /** What is not said is upstream's default. */
  readonly lease?: Partial<
    Pick<
      LeaderElectionOptions,
      'namespace' | 'name' | 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'
    >
  >;
}

interface Tools {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly recorder: (component: string) => EventRecorder;
}

/** Places pods until `signal` aborts. */
export const runScheduler = (
  context: LoopContext,
  signal: AbortSignal,
  configuration: SchedulerConfiguration = defaultConfiguration,
  resolveModule: (module: string) => string = (module) => module,
): Promise<void> =>
  lead(context, 'kube-scheduler', signal, ({ client, informers, recorder }, term) => {
    const scheduler = createScheduler({
      ...context,
      client,
      informers,
      recorder: recorder('default-scheduler'),
      metrics: createSchedulerMetrics(context.metrics),
      configuration,
      resolveModule,
    });
    return [informers.run(term), scheduler.run(term)];
  });

/** Runs every controller until `signal` aborts. */
export const runControllers = (
  context: LoopContext,
  options: ControllersOptions,
  signal: AbortSignal,
): Promise<void> =>
  lead(context, 'kube-controller-manager', signal, (tools, term) => {
    const controllers = createControllers({ ...context, ...tools }, options);
    return [tools.informers.run(term), ...controllers.map((controller) => controller.run(term))];
  });

async function lead(
  context: LoopContext,
  name: string,
  signal: AbortSignal,
  start: (tools: Tools, term: AbortSignal) => readonly Promise<void>[],
): Promise<void> {
  const { transport, clock, logger, identity } = context;
  const client = createClient(transport, { userAgent: name });
  const work = async (term: AbortSignal): Promise<void> => {
    const informers = createInformerFactory({ ...context, client });
    const recorder = (component: string) =>
      createEventRecorder({
        ...{ client, clock, logger, component, instance: identity },
        signal: term,
      });
    await Promise.all(start({ client, informers, recorder }, term));
  };
  if (!context.leaderElect) return work(signal);
  const lease = {
    ...{ client, clock, logger, namespace: 'kube-system', name, identity },
    ...context.lease,
  };
  while (!signal.aborted) await runAsLeader(lease, work, signal);
}
