import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Binder, BindOutcome } from './bind-pods.ts';
import type { VolumeBinder, VolumeReservation } from './bind-volumes.ts';
import { clusterEvents } from './cluster-events.ts';
import type { ClusterState } from './cluster-state.ts';
import type { SchedulerMetrics } from './metrics.ts';
import type { PodInfo } from './pod-info.ts';
import type { Profile } from './profiles.ts';
import type { QueuedPod, SchedulingQueue } from './queue.ts';
import type { Reporter } from './report-pods.ts';
import { createSlots } from './slots.ts';

export interface CarrierOptions {
  readonly binder: Binder;
  readonly volumes: VolumeBinder;
  readonly reporter: Reporter;
  readonly queue: SchedulingQueue;
  readonly state: ClusterState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SchedulerMetrics;
}

/** Carries decisions out: from the moment that a node was found until the API server says that the pod is there. */
export interface Carrier {
  /**
   * The pod counts on the node when this returns, and its volumes are taken. Throws when they cannot be. `started`: of
   * the attempt, by the monotonic clock.
   */
  assume(pod: QueuedPod, nodeName: string, profile: Profile, started: number): Assumed;
  /** Watches that lost something are found out; ends when `signal` aborts. */
  confirm(signal: AbortSignal): Promise<void>;
  /** Resolves when everything has ended that `carryOut` did not wait for. */
  done(): Promise<void>;
}

export interface Assumed {
  readonly pod: QueuedPod;
  /** Binds. Resolves when that has ended, or goes on by itself because it may take minutes; never rejects. */
  carryOut(signal: AbortSignal): Promise<void>;
  /** Nothing of it was meant. */
  undo(): void;
}

/** A pod that was bound and is not seen on its node for this long is looked up. */
const confirmMs = 30_000;

export function createCarrier(options: CarrierOptions): Carrier {
  const { binder, volumes, reporter, queue, state, clock, logger, metrics } = options;
  /** Pods whose volumes are being bound, which may take minutes, do not keep others from being placed. */
  const waits = createSlots(Infinity);
  const unconfirmed = createUnconfirmed(state);

  const settle = (attempt: Attempt, outcome: BindOutcome): Promise<void> | undefined => {
    const { pod, info, nodeName, profile } = attempt;
    switch (outcome.kind) {
      case 'bound':
        unconfirmed.add(attempt, clock.now());
        return undefined;
      case 'elsewhere':
      case 'gone':
        // The informer brings the rest.
        state.forget(info.key);
        queue.happened(clusterEvents.assignedPodDelete);
        return undefined;
      case 'refused': {
        state.forget(info.key);
        queue.happened(clusterEvents.assignedPodDelete);
        metrics.attempted('error', profile.name, clock.monotonic() - attempt.started);
        logger.error('Could not bind pod', { pod: info.key, node: nodeName, err: outcome.err });
        queue.retry(pod);
        const why = outcome.err instanceof Error ? outcome.err.message : String(outcome.err);
        const doing = outcome.doing ?? 'running Bind plugin "DefaultBinder"';
        const message = `${doing}: ${why}`;
        return reporter.failed(pod, info.pod, 'SchedulerError', message);
      }
      case 'stopped':
        return undefined;
    }
  };

  const bind = async (attempt: Attempt, signal: AbortSignal): Promise<void> => {
    const { pod, info, nodeName, profile } = attempt;
    const began = clock.monotonic();
    const outcome = await binder.bind(info.pod, nodeName, signal);
    const ended = clock.monotonic();
    const status = outcome.kind === 'bound' ? 'Success' : 'Error';
    metrics.extensionPoint('Bind', status, profile.name, ended - began);
    if (outcome.kind === 'bound') {
      metrics.attempted('scheduled', profile.name, ended - attempt.started);
      metrics.scheduled(pod.attempts, clock.now() - pod.since);
      reporter.scheduled(info.pod, nodeName);
      logger.debug('Bound pod', { pod: info.key, node: nodeName });
    }
    await settle(attempt, outcome);
  };

  const bindWithVolumes = async (
    attempt: Attempt,
    reservation: VolumeReservation,
    signal: AbortSignal,
  ): Promise<void> => {
    try {
      await reservation.bind(attempt.profile.bindVolumesMs ?? 0, signal);
    } catch (err) {
      reservation.release();
      const doing = 'running PreBind plugin "VolumeBinding": binding volumes';
      const isStopped = signal.aborted || !state.isAssumed(attempt.info.key);
      return settle(attempt, isStopped ? { kind: 'stopped' } : { kind: 'refused', err, doing });
    }
    await bind(attempt, signal);
  };

  return {
    assume(pod, nodeName, profile, started) {
      const { info } = pod;
      const reservation =
        profile.bindVolumesMs === undefined ? undefined : volumes.reserve(info, nodeName);
      state.assume(info, nodeName);
      const attempt = { pod, info, nodeName, profile, started };
      return {
        pod,
        carryOut(signal) {
          queue.placed(pod);
          if (!reservation) return bind(attempt, signal);
          waits.take(bindWithVolumes(attempt, reservation, signal));
          return Promise.resolve();
        },
        undo() {
          state.forget(info.key);
          reservation?.release();
        },
      };
    },
    async confirm(signal) {
      while (!signal.aborted) {
        await sleep(clock, confirmMs, signal);
        for (const bound of unconfirmed.until(clock.now() - confirmMs)) {
          // Should a bound pod have been seen in time, nothing is asked.
          if (!isUnconfirmed(bound, state)) continue;
          const { pod } = bound.info;
          const lost = new Error('the pod lost its node');
          await settle(bound, await binder.lookUp(pod, bound.nodeName, lost, signal));
        }
      }
    },
    done: () => waits.done(),
  };
}

/** A decision that is being carried out. */
interface Attempt {
  readonly pod: QueuedPod;
  /** The pod as it was when it was decided about. */
  readonly info: PodInfo;
  readonly nodeName: string;
  readonly profile: Profile;
  /** By the monotonic clock. */
  readonly started: number;
}

/** Bound pods until they are seen on their nodes, oldest first. */
interface Unconfirmed {
  add(attempt: Attempt, at: number): void;
  /** Takes out those that were added until then. */
  until(at: number): readonly Attempt[];
}

/** Those that have been seen leave soon: hardly any is here for longer than a bind takes, and each holds a whole pod. */
function createUnconfirmed(state: Pick<ClusterState, 'placementOf'>): Unconfirmed {
  let entries: { readonly attempt: Attempt; readonly at: number }[] = [];
  let sweepAt = leastSwept;
  return {
    add(attempt, at) {
      entries.push({ attempt, at });
      if (entries.length < sweepAt) return;
      entries = entries.filter((entry) => isUnconfirmed(entry.attempt, state));
      sweepAt = Math.max(leastSwept, 2 * entries.length);
    },
    until(at) {
      const first = entries.findIndex((entry) => entry.at > at);
      const due = entries.splice(0, first < 0 ? entries.length : first);
      return due.map(({ attempt }) => attempt);
    },
  };
}

const leastSwept = 128;

/** Whether this pod, not another one of its name, is still only assumed to be where it was bound. */
function isUnconfirmed({ info }: Attempt, state: Pick<ClusterState, 'placementOf'>): boolean {
  const placement = state.placementOf(info.key);
  return placement?.assumed === true && placement.pod.pod.metadata.uid === info.pod.metadata.uid;
}
