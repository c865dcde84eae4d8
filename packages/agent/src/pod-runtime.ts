import type { Pod, ResourceRequirements } from '@berth/api';

import { usesHostNetwork } from './pod-spec.ts';

/** What the runtime holds of one pod, in the words of the plan. Times are milliseconds since the epoch, 0 for never. */

export interface SandboxInfo {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAt: number;
  readonly ips: readonly string[];
}

export type ContainerPhase = 'created' | 'running' | 'exited' | 'unknown';

export interface ContainerInfo {
  readonly id: string;
  readonly name: string;
  readonly sandboxId: string;
  readonly state: ContainerPhase;
  /** Part of the runtime's name for it: never used twice within a pod. */
  readonly attempt: number;
  readonly restartCount: number;
  readonly hash: string;
  /** What it runs with; absent when nobody knows. */
  readonly resources?: ResourceRequirements;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly image: string;
  readonly imageId: string;
  readonly logPath: string;
}

export interface PodRuntimeStatus {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Newest first. */
  readonly sandboxes: readonly SandboxInfo[];
  /** Newest first. */
  readonly containers: readonly ContainerInfo[];
}

export const emptyRuntime = (uid: string, namespace: string, name: string): PodRuntimeStatus => ({
  uid,
  namespace,
  name,
  sandboxes: [],
  containers: [],
});

/** The newest container of that name, in whatever sandbox. */
export const latestOf = (runtime: PodRuntimeStatus, name: string): ContainerInfo | undefined =>
  runtime.containers.find((container) => container.name === name);

/** The sandbox that containers run in now, if there is one. */
export const activeSandbox = (runtime: PodRuntimeStatus): SandboxInfo | undefined =>
  runtime.sandboxes.find(({ ready }) => ready);

/** The newest container of that name within the active sandbox. */
export function activeOf(runtime: PodRuntimeStatus, name: string): ContainerInfo | undefined {
  const sandbox = activeSandbox(runtime);
  return runtime.containers.find((c) => c.name === name && c.sandboxId === sandbox?.id);
}

/** Where a pod is reached: in its own network, or in that of the node. */
export const addressesOf = (
  pod: Pod,
  runtime: PodRuntimeStatus,
  hostIps: readonly string[],
): readonly string[] =>
  usesHostNetwork(pod) ? hostIps : (activeSandbox(runtime)?.ips ?? runtime.sandboxes[0]?.ips ?? []);

export const isAlive = ({ state }: ContainerInfo): boolean =>
  state === 'running' || state === 'unknown';

/** Whether anything of the pod may still run. */
export const isStopped = ({ sandboxes, containers }: PodRuntimeStatus): boolean =>
  !containers.some(isAlive) && !sandboxes.some(({ ready }) => ready);

/** Newest first, by time and then by attempt. */
export const byAge = (
  a: { readonly createdAt: number; readonly attempt: number },
  b: { readonly createdAt: number; readonly attempt: number },
): number => b.createdAt - a.createdAt || b.attempt - a.attempt;

/** What the runtime holds, with the resources that containers were given after they were made. */
export function withApplied(
  runtime: PodRuntimeStatus,
  applied: ReadonlyMap<string, ResourceRequirements>,
): PodRuntimeStatus {
  if (applied.size === 0) return runtime;
  const containers = runtime.containers.map((container) => {
    const resources = applied.get(container.id);
    return resources ? { ...container, resources } : container;
  });
  return { ...runtime, containers };
}
