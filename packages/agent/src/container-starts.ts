import { formatDuration } from '@berth/api';
import type { Container, Pod } from '@berth/api';

import { containerHash } from './cri-labels.ts';
import { nextBackoff, waitsUntil } from './crash-backoff.ts';
import type { ContainerStart, ContainerWait, PlanInput } from './pod-plan.ts';
import { latestOf } from './pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from './pod-runtime.ts';
import { formatPod } from './pod-spec.ts';
import type { SpecContainer } from './pod-spec.ts';

/** Splits what should start into what may start now and what still backs off after crashes. */
export function startOrWait(input: PlanInput, wanted: readonly SpecContainer[]) {
  const start: ContainerStart[] = [];
  const waiting: ContainerWait[] = [];
  for (const spec of wanted) {
    const wait = backOff(input, spec.container);
    if (wait) waiting.push(wait);
    else start.push(startOf(input, spec));
  }
  return { start, waiting };
}

const lastExit = (runtime: PodRuntimeStatus, name: string) =>
  runtime.containers.find((c) => c.name === name && c.state === 'exited');

function backOff(
  { pod, runtime, backoffs, now }: PlanInput,
  container: Container,
): ContainerWait | undefined {
  const { name } = container;
  const last = lastExit(runtime, name);
  const entry = backoffs.get(name);
  const until = last && waitsUntil(entry, containerHash(container), last.finishedAt, now);
  if (until === undefined) return undefined;
  const delay = formatDuration(entry?.delayMs ?? 0);
  const message = `back-off ${delay} restarting failed container=${name} pod=${formatPod(pod)}`;
  return { name, until, message };
}

function startOf(input: PlanInput, { kind, container }: SpecContainer): ContainerStart {
  const { pod, runtime, backoffs, attempts, now } = input;
  const { name } = container;
  const latest = latestOf(runtime, name);
  const exited = lastExit(runtime, name);
  const attempt = Math.max(latest?.attempt ?? -1, attempts.get(name) ?? -1) + 1;
  return {
    name,
    kind,
    attempt,
    restartCount: restartCountOf(pod, name, latest),
    ...(exited && {
      backoff: nextBackoff(backoffs.get(name), containerHash(container), exited.finishedAt, now),
    }),
  };
}

/** A container that was created and never ran does not count; one that the runtime forgot does. */
function restartCountOf(pod: Pod, name: string, latest: ContainerInfo | undefined): number {
  if (latest) return latest.restartCount + (latest.state === 'created' ? 0 : 1);
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const last = [...containerStatuses, ...initContainerStatuses].find((s) => s.name === name);
  return last?.containerID ? last.restartCount + 1 : 0;
}
