import type { ContainerStatus, PodStatus } from '@berth/api';
import type { Clock } from '@berth/component-base';

import { refusedStatus } from './admission/refused-status.ts';
import type { NodeSettings } from './pod-context.ts';
import { deadlineExceeded, deadlineOf, endingOf } from './pod-ending.ts';
import { isTerminalPhase } from './pod-phase.ts';
import type { PodRecord } from './pod-record.ts';
import { isStopped } from './pod-runtime.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import { finalStatus, podStatus } from './pod-status.ts';
import type { Prober } from './probes/prober.ts';
import { withAllocated } from './resize/allocated.ts';
import type { StatusWriter } from './status-writer.ts';

/** What is said of a pod to the control plane, and what its own status makes of it. */
export interface PodView {
  /** Probes what runs and shows the pod as it is. */
  show(record: PodRecord, runtime: PodRuntimeStatus): void;
  /**
   * Shows the pod as it is now in `ms`, unless it is shown before that or what is given back is called. From now on
   * counts as its start either way.
   */
  showLater(record: PodRecord, runtime: PodRuntimeStatus, ms: number): () => void;
  /** Shows the last status of a pod of which nothing runs. */
  showEnd(record: PodRecord, runtime: PodRuntimeStatus): void;
  /** Finds out whether the pod is over, by its containers or by the clock. */
  judge(record: PodRecord, runtime: PodRuntimeStatus): void;
  /** When the pod's time is up; Infinity when it has no limit. */
  deadline(record: PodRecord): number;
}

export interface PodViewOptions {
  readonly prober: Prober;
  readonly writer: StatusWriter;
  readonly clock: Clock;
  readonly settings: NodeSettings;
}

export function createPodView({ prober, writer, clock, settings }: PodViewOptions): PodView {
  const known = ({ pod, held }: PodRecord): PodStatus | undefined =>
    writer.latest(pod.metadata.uid) ?? held ?? pod.status;

  const statusOf = (record: PodRecord, runtime: PodRuntimeStatus, mayRun: boolean): PodStatus => {
    const { waiting, verdict, pendingResize, resizeFailure } = record;
    if (record.refused) return refusedStatus(record.pod, verdict, clock.now(), known(record));
    const pod = withAllocated(record.pod, record.allocated);
    return podStatus({
      pod,
      runtime,
      runtimeName: settings.runtimeName,
      previous: known(record),
      waiting,
      healthOf: (container) => prober.healthOf(pod.metadata.uid, container),
      hostIps: settings.hostIps,
      now: clock.now(),
      mayRun,
      ...(pendingResize && { pendingResize }),
      ...(resizeFailure && { resizeError: resizeFailure.message }),
      ...(endingOf(record) && { ending: verdict ? { verdict } : {} }),
    });
  };

  const follow = (record: PodRecord, runtime: PodRuntimeStatus) => {
    const isEnding = endingOf(record) !== undefined;
    prober.follow(record.pod, runtime, statusesOf(known(record)), isEnding);
  };

  const deadline = (record: PodRecord) =>
    deadlineOf(record.pod, known(record)?.startTime) ?? Infinity;

  const set = (record: PodRecord, status: PodStatus) => {
    record.held = undefined;
    if (!record.gone) writer.set(record.pod, status);
  };

  return {
    show(record, runtime) {
      follow(record, runtime);
      set(record, statusOf(record, runtime, !isStopped(runtime)));
    },
    showLater(record, runtime, ms) {
      const held = statusOf(record, runtime, !isStopped(runtime));
      record.held = held;
      return clock.after(ms, () => {
        if (record.held === held) set(record, held);
      });
    },
    showEnd(record, runtime) {
      prober.forget(record.pod.metadata.uid);
      const status = statusOf(record, runtime, false);
      set(record, record.refused ? status : finalStatus(status, clock.now()));
    },
    judge(record, runtime) {
      follow(record, runtime);
      record.finished ||= isTerminalPhase(statusOf(record, runtime, false).phase);
      if (!record.finished && clock.now() >= deadline(record)) record.verdict ??= deadlineExceeded;
    },
    deadline,
  };
}

const statusesOf = (status: PodStatus | undefined): readonly ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];
