import type { Pod } from '@berth/api';

import type { CrashBackoff } from './crash-backoff.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import type { ContainerKind } from './pod-spec.ts';
import type { ContainerResize } from './resize/plan-resizes.ts';

type ProbeVerdict = 'success' | 'failure';

/** What the probes said of one running container; absent while a probe has no verdict. */
export interface ContainerProbes {
  readonly liveness?: ProbeVerdict;
  readonly startup?: ProbeVerdict;
}

export interface PlanInput {
  readonly pod: Pod;
  readonly runtime: PodRuntimeStatus;
  /** By container id. */
  readonly probes: ReadonlyMap<string, ContainerProbes>;
  readonly now: number;
  /** By container name. */
  readonly backoffs: ReadonlyMap<string, CrashBackoff>;
  /** The highest attempt ever tried per container name, and for the sandbox under `''`. */
  readonly attempts: ReadonlyMap<string, number>;
  /** Set once the pod has to end, for whatever reason. */
  readonly ending?: { readonly graceSeconds: number };
}

export interface ContainerStop {
  readonly id: string;
  readonly name: string;
  /** Containers of a later wave stop when all of the earlier ones are gone. */
  readonly wave: number;
  readonly reason:
    'PodEnding' | 'Changed' | 'Resized' | 'LivenessProbe' | 'StartupProbe' | 'Unknown';
  readonly message: string;
  readonly graceSeconds: number;
}

export interface ContainerStart {
  readonly name: string;
  readonly kind: ContainerKind;
  readonly attempt: number;
  readonly restartCount: number;
  /** To remember when the container is started, because it has crashed before. */
  readonly backoff?: CrashBackoff;
}

export interface ContainerWait {
  readonly name: string;
  readonly until: number;
  readonly message: string;
}

/** What to do about one pod now. An idle plan means that it is as it should be. */
export interface PodPlan {
  /** Everything stops, sandboxes too. */
  readonly killPod?: { readonly why: string };
  readonly stop: readonly ContainerStop[];
  /** These get other resources while they run. */
  readonly resize: readonly ContainerResize[];
  readonly stopSandboxes: readonly string[];
  readonly removeContainers: readonly string[];
  readonly removeSandboxes: readonly string[];
  readonly createSandbox?: { readonly attempt: number; readonly why: string };
  /** The sandbox to start containers in when none is created. */
  readonly sandboxId?: string;
  readonly start: readonly ContainerStart[];
  /** Containers that would start if they were not backing off. */
  readonly waiting: readonly ContainerWait[];
}

export const idlePlan: PodPlan = {
  stop: [],
  resize: [],
  stopSandboxes: [],
  removeContainers: [],
  removeSandboxes: [],
  start: [],
  waiting: [],
};

/** True when applying the plan would change nothing. */
export const isIdle = (plan: PodPlan): boolean =>
  !plan.createSandbox &&
  [
    plan.stop,
    plan.resize,
    plan.stopSandboxes,
    plan.removeContainers,
    plan.removeSandboxes,
    plan.start,
  ].every(({ length }) => length === 0);

/** How long the containers of a pod get to end when nobody says otherwise. */
export const specGrace = ({ spec }: Pod): number => spec.terminationGracePeriodSeconds ?? 30;
