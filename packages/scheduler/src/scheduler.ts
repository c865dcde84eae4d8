import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Client, EventRecorder, InformerFactory } from '@berth/client';
import { createBinder } from './bind-pods.ts';
import { createVolumeBinder } from './bind-volumes.ts';
import { createCarrier } from './carry-out.ts';
import { clusterEvents } from './cluster-events.ts';
import { createClusterState } from './cluster-state.ts';
import type { ClusterState } from './cluster-state.ts';
import { defaultConfiguration } from './configuration/scheduler-configuration.ts';
import type { SchedulerConfiguration } from './configuration/scheduler-configuration.ts';
import type { Decision, Unschedulable } from './engine/decision.ts';
import { createEngine } from './engine/engine.ts';
import type { Engine } from './engine/engine.ts';
import { openFairQueues } from './fair-queues/open-fair-queues.ts';
import { failureMessage } from './failure-message.ts';
import type { SchedulerMetrics } from './metrics.ts';
import { createGangPlacer } from './gangs/gang-placer.ts';
import type { GangPlacer } from './gangs/gang-placer.ts';
import { createGangs } from './gangs/gangs.ts';
import type { Gangs } from './gangs/gangs.ts';
import { createGangReleaser } from './gangs/release-gangs.ts';
import { createGroupReporter } from './gangs/report-groups.ts';
import { servesGroups } from './gangs/serves-groups.ts';
import { watchGroups } from './gangs/watch-groups.ts';
import { holdTogether } from './holds.ts';
import type { PodInfo } from './pod-info.ts';
import { openProfiles } from './open-profiles.ts';
import { createPreemptionPlanner } from './preemption/plan-preemption.ts';
import type { PreemptionPlanner } from './preemption/plan-preemption.ts';
import { createPreemptor } from './preemption/preemptor.ts';
import { groupIn } from './profiles.ts';
import type { Profile } from './profiles.ts';
import { createSchedulingQueue } from './queue.ts';
import type { QueuedPod } from './queue.ts';
import { createReporter } from './report-pods.ts';
import { createSlots } from './slots.ts';
import { watchCluster } from './watch-cluster.ts';

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: SchedulerMetrics;
  /** Upstream's defaults when absent. */
  readonly configuration?: Pick<
    SchedulerConfiguration,
    'podInitialBackoffMs' | 'podMaxBackoffMs' | 'profiles'
  >;
  /** The URL of a plugin that is code of the user's. */
  readonly resolveModule?: (module: string) => string;
}

export interface Scheduler {
  /** Places pods until `signal` aborts and every started bind has ended. Rejects when a plugin cannot be loaded. */
  run(signal: AbortSignal): Promise<void>;
}

/** Writes that may be under way at once; more would only queue up in the API server. */
const writesInFlight = 64;
/** After this long without a pause, others get their turn. */
const turnMs = 20;

/**
 * Takes pods from the queue one after the other, decides, assumes, and leaves the bind to run on its own: the next
 * decision sees the assumed pod. What the API server says is what counts in the end; nothing is kept anywhere else, so
 * a scheduler that is killed at any point is replaced by one that starts from what the API server holds.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { configuration = defaultConfiguration, informers, clock, logger, metrics } = options;
  return {
    async run(signal) {
      const state = createClusterState();
      const { profiles, observed, close } = await openProfiles(configuration.profiles, {
        ...{ state, clock, logger },
        resolveModule: options.resolveModule ?? ((module) => module),
        onExecuted: (...execution) => metrics.pluginExecuted(...execution),
      });
      try {
        const hasGroups = await servesGroups(options, signal);
        const world = { configuration, profiles, state: observed, hasGroups };
        const placing = createPlacing({ ...options, ...world });
        await informers.synced(signal);
        await placing(signal);
      } finally {
        await close();
      }
    },
  };
}

interface PlacingOptions extends SchedulerOptions {
  readonly configuration: NonNullable<SchedulerOptions['configuration']>;
  readonly profiles: readonly Profile[];
  readonly state: ClusterState;
  /** Whether the API server has PodGroups; without them pods are in none. */
  readonly hasGroups: boolean;
}

/** The loop, ready to run: it is told of the cluster from now on. */
function createPlacing(options: PlacingOptions): (signal: AbortSignal) => Promise<void> {
  const { client, informers, recorder, clock, random, logger, metrics } = options;
  const { configuration, profiles, state: bare, hasGroups } = options;
  const queues = openFairQueues({
    ...options,
    state: bare,
    letGo(key, event) {
      queue.reconsider([key], event);
      return queue.placeOf(key) !== 'gated';
    },
    groupOf: (info) => gangs.groupOf(info),
    onEntitled: () => queue.happened(clusterEvents.queueChange),
  });
  /** What is tried out for a decision is tried out on the bare one. */
  const state = queues?.state ?? bare;
  const placers = new Map<string, Placer>(
    profiles.map((profile) => {
      const { name, plugins, preempts } = profile;
      const engine = createEngine({ state: bare, plugins });
      const planner = preempts
        ? createPreemptionPlanner({ state: bare, engine, plugins })
        : undefined;
      const own = queues?.planners(profile, engine, planner) ?? { planner };
      return [name, { profile, engine, ...own }];
    }),
  );
  const placerOf = ({ pod }: PodInfo): Placer => placers.get(pod.spec.schedulerName ?? '')!;
  const isBehindGates = (info: PodInfo): boolean =>
    placerOf(info).profile.heedsGates && (info.pod.spec.schedulingGates ?? []).length > 0;
  /** What cannot be found out now is found out by an attempt, when the time for one comes. */
  const isPlaceable = (info: PodInfo): boolean => {
    try {
      const gang = gangs.gangOf(info);
      return gang ? gangPlacer.isPlaceable(gang) : placerOf(info).engine.isPlaceable(info);
    } catch (err) {
      logger.debug('Could not look at a parked pod', { pod: info.key, err });
      return false;
    }
  };
  const gangs: Gangs = createGangs({
    isConcerned: (info) => placerOf(info).profile.schedulesGangs,
    reconsider: (keys, event) => queue.reconsider(keys, event),
    changed(gang) {
      releaser.look(gang);
      if (gang.placed.size >= gang.minCount) groups.report(gang.group, { reason: 'Scheduled' });
    },
  });
  const hold = holdTogether([...(hasGroups ? [gangs] : []), ...(queues ? [queues.hold] : [])]);
  const queue = createSchedulingQueue({
    clock,
    isPlaceable,
    groupOf: (info) => gangs.gangOf(info)?.key ?? groupIn(placerOf(info).profile, info),
    isGated: (info) => isBehindGates(info) || hold.whyHeld(info) !== undefined,
    ...(queues && { turns: queues.turns }),
    initialBackoffMs: configuration.podInitialBackoffMs,
    maxBackoffMs: configuration.podMaxBackoffMs,
    onIncoming: (place, event) => metrics.incoming(place, event),
  });
  const binder = createBinder({ client, clock, random, logger });
  const reporter = createReporter({ client, recorder, clock, logger });
  const volumes = createVolumeBinder({ client, state, clock });
  const tools = { reporter, queue, state, clock, logger, metrics };
  const carrier = createCarrier({ ...tools, binder, volumes });
  const preemptor = createPreemptor({
    client,
    recorder,
    clock,
    logger,
    state,
    tryAgain: (info) => {
      if (!queue.placeOf(info.key)) return;
      if (queues?.hold.tryAgain(info)) queue.setBack(info.key);
      else queue.add(info);
    },
  });
  const releaser = createGangReleaser({ client, recorder, clock, logger, gang: gangs.gang });
  const groups = createGroupReporter({ client, clock, logger });
  const gangPlacer: GangPlacer = createGangPlacer({
    ...{ ...tools, state: bare, carrier, groups, placerOf, preemptor, groupOf: gangs.groupOf },
    areEntitled: (infos) => queues?.hold.areEntitled(infos) ?? true,
    whyUnentitled: (info) => queues?.hold.consider(info),
  });
  const writes = createSlots(writesInFlight);
  if (hasGroups) watchGroups({ informers, gangs });
  queues?.watch();
  watchCluster({ informers, state, queue, hold, isOurs: (name) => placers.has(name) });

  /** Says why the pod has no node, after what can be done about it. */
  const makeRoom = async (
    pod: QueuedPod,
    why: string,
    planner: PreemptionPlanner | undefined,
  ): Promise<void> => {
    const { info } = pod;
    const { schedulesGangs, queues: ownQueues } = placerOf(info).profile;
    const preemption =
      planner &&
      ((schedulesGangs && !ownQueues && gangPlacer.makeRoomFor(info)) ||
        preemptor.preempt(info, planner));
    const message = [why, preemption?.message].filter(Boolean).join(' ');
    await preemption?.carryOut?.();
    await reporter.failed(pod, info.pod, 'Unschedulable', message);
  };

  const refuse = (
    pod: QueuedPod,
    { profile, planner }: Placer,
    decision: Unschedulable,
  ): Promise<void> => {
    // What could change the mind of a plugin of the user's is not known: it may be anything.
    const isForeign = profile.foreign.some((name) => decision.refusedBy.has(name));
    queue.park(pod, isForeign ? new Set() : decision.refusedBy);
    queues?.hold.refused(pod.info);
    return makeRoom(pod, failureMessage(decision), planner);
  };

  const failed = (pod: QueuedPod, profile: Profile, started: number, err: unknown) => {
    const { info } = pod;
    const message = err instanceof Error ? err.message : String(err);
    logger.error('Could not decide about a pod', { pod: info.key, err });
    metrics.attempted('error', profile.name, clock.monotonic() - started);
    queue.retry(pod);
    queues?.hold.refused(info);
    return reporter.failed(pod, info.pod, 'SchedulerError', message);
  };

  /** The decision is made when this returns; what it resolves for is the writing. */
  const attempt = (pod: QueuedPod, signal: AbortSignal): Promise<void> => {
    const { info } = pod;
    const placer = placerOf(info);
    const { profile, engine, reclaim } = placer;
    const why = queues?.hold.consider(info);
    if (why !== undefined) {
      queue.putBack(pod);
      return makeRoom(pod, `${why}.`, reclaim);
    }
    const started = clock.monotonic();
    let decision: Decision;
    try {
      decision = engine.decide(info);
    } catch (err) {
      return failed(pod, profile, started, err);
    }
    const ms = clock.monotonic() - started;
    const isPlaced = decision.kind === 'bind';
    metrics.decided(ms);
    metrics.extensionPoint('Filter', isPlaced ? 'Success' : 'Unschedulable', profile.name, ms);
    if (decision.kind === 'unschedulable') {
      metrics.attempted('unschedulable', profile.name, ms);
      return refuse(pod, placer, decision);
    }
    try {
      return carrier.assume(pod, decision.nodeName, profile, started).carryOut(signal);
    } catch (err) {
      return failed(pod, profile, started, err);
    }
  };

  const work = async (signal: AbortSignal): Promise<void> => {
    let turnBegan = clock.monotonic();
    while (!signal.aborted) {
      const pod = queue.take();
      const gang = pod && gangs.gangOf(pod.info);
      if (!pod) await queue.ready(signal);
      else if (gang) await begin(gangPlacer.attempt(gang, pod), signal);
      else if (writes.take(attempt(pod, signal))) {
        if (clock.monotonic() - turnBegan < turnMs) continue;
        await sleep(clock, 0);
      } else await writes.free();
      turnBegan = clock.monotonic();
    }
    await Promise.all([writes.done(), carrier.done()]);
  };
  /** What was decided together is begun as there is room for it; the next decision sees all of it. */
  const begin = async (started: ReturnType<GangPlacer['attempt']>, signal: AbortSignal) => {
    for (const write of started) {
      if (signal.aborted) return;
      if (!writes.take(write(signal))) await writes.free();
    }
    await sleep(clock, 0);
  };

  return async (signal) => {
    metrics.watchQueue(() => queue.depths());
    // What is under way may take longer to end, or never do.
    signal.addEventListener('abort', releaser.stop, { once: true });
    try {
      await Promise.all([work(signal), carrier.confirm(signal)]);
    } finally {
      queue.close();
      queues?.close();
      await Promise.all([releaser.done(), groups.done()]);
    }
  };
}

interface Placer {
  readonly profile: Profile;
  readonly engine: Engine;
  /** Makes room for pods that no node takes. */
  readonly planner?: PreemptionPlanner | undefined;
  /** Takes back what is due to pods that their queue holds back. */
  readonly reclaim?: PreemptionPlanner | undefined;
}
