import type { Pod } from '@berth/api';

import type { ContainerStop } from './pod-plan.ts';
import { isAlive } from './pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from './pod-runtime.ts';
import { containersOf } from './pod-spec.ts';

/** Everything that runs, in the order in which it stops: all but sidecars at once, then sidecars from the last. */
export function stopOrder(
  pod: Pod,
  { containers }: PodRuntimeStatus,
  graceSeconds: number,
): readonly ContainerStop[] {
  const sidecars = containersOf(pod)
    .filter(({ kind }) => kind === 'sidecar')
    .map(({ container }) => container.name);
  return containers
    .filter(isAlive)
    .map(({ id, name }) => ({
      id,
      name,
      wave: sidecars.includes(name) ? sidecars.length - sidecars.indexOf(name) : 0,
      reason: 'PodEnding' as const,
      message: `Stopping container ${name}`,
      graceSeconds,
    }))
    .sort((a, b) => a.wave - b.wave);
}

export const stopSandboxes = ({ sandboxes }: PodRuntimeStatus): readonly string[] =>
  sandboxes.filter(({ ready }) => ready).map(({ id }) => id);

/**
 * What can be removed from the runtime while the pod lives: per container all but the newest dead one and what was
 * created and never started, and every old sandbox that then holds nothing. A sandbox takes its containers along.
 */
export function planCleanup(pod: Pod, runtime: PodRuntimeStatus) {
  const names = new Set(containersOf(pod).map(({ container }) => container.name));
  const isLeftover = (container: ContainerInfo) =>
    !isAlive(container) &&
    (!names.has(container.name) || container !== newestDead(runtime, container.name));
  const removeContainers = runtime.containers.filter(isLeftover).map(({ id }) => id);
  const kept = runtime.containers.filter(({ id }) => !removeContainers.includes(id));
  const removeSandboxes = runtime.sandboxes
    .filter(({ id, ready }) => !ready && !kept.some(({ sandboxId }) => sandboxId === id))
    .map(({ id }) => id);
  return { removeContainers, removeSandboxes };
}

const newestDead = ({ containers }: PodRuntimeStatus, name: string) =>
  containers.find((c) => c.name === name && c.state === 'exited');
