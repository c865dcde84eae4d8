import type { ContainerStatus, Pod } from '@berth/api';

import { isSidecar } from './pod-spec.ts';
import { restartsAfter } from './restart-policy.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export const isTerminalPhase = (phase: string | undefined): boolean =>
  phase === 'Succeeded' || phase === 'Failed';

export interface PhaseInput {
  readonly pod: Pod;
  /** Of init and app containers. */
  readonly statuses: readonly ContainerStatus[];
  /** The pod is ending: nothing in it will restart, whatever its policy. */
  readonly ending: boolean;
  /** An app container was made in the present sandbox. */
  readonly initialized: boolean;
}

/** Where in its life a pod is, seen from the statuses of its containers. */
export function podPhase(input: PhaseInput): PodPhase {
  const init = countInit(input);
  const main = countMain(input);
  if (init.failedForGood) return 'Failed';
  if (init.pending || (main.pendingSidecar && !input.initialized) || main.waiting) return 'Pending';
  if (main.unknown) return 'Pending';
  if (main.running) return 'Running';
  if (!main.stopped) return 'Pending';
  if (!input.ending && main.stopped > main.stoppedForGood) return 'Running';
  return main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
}

const statusOf = ({ statuses }: PhaseInput, name: string) =>
  statuses.find((status) => status.name === name);

/** The end of a container that has stopped, be it that it waits to start again. */
const lastEnd = ({ state, lastState }: ContainerStatus) =>
  state?.terminated ?? (state?.waiting && lastState?.terminated);

function countInit(input: PhaseInput) {
  const counts = { pending: 0, failedForGood: 0 };
  const { pod } = input;
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) continue;
    const status = statusOf(input, container.name);
    const end = status && lastEnd(status);
    if (!end) counts.pending += 1;
    else if (end.exitCode !== 0 && !restartsAfter(pod, container, end.exitCode, true)) {
      counts.failedForGood += 1;
    }
  }
  return counts;
}

function countMain(input: PhaseInput) {
  const counts = {
    pendingSidecar: 0,
    waiting: 0,
    running: 0,
    unknown: 0,
    stopped: 0,
    stoppedForGood: 0,
    succeeded: 0,
  };
  for (const container of (input.pod.spec.initContainers ?? []).filter(isSidecar)) {
    const status = statusOf(input, container.name);
    if (!status) counts.unknown += 1;
    else if (status.state?.running) {
      counts.running += 1;
      if (!status.started) counts.pendingSidecar += 1;
    } else if (!lastEnd(status)) {
      counts.pendingSidecar += 1;
      counts.waiting += 1;
    }
  }
  for (const container of input.pod.spec.containers) {
    const status = statusOf(input, container.name);
    const end = status && lastEnd(status);
    if (!status) counts.unknown += 1;
    else if (status.state?.running) counts.running += 1;
    else if (end) {
      counts.stopped += 1;
      if (end.exitCode === 0) counts.succeeded += 1;
      if (!restartsAfter(input.pod, container, end.exitCode)) counts.stoppedForGood += 1;
    } else counts.waiting += 1;
  }
  return counts;
}
