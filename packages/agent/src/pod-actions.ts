import type { Container, Pod } from '@berth/api';

import { faultOf, stopUnknown } from './container-faults.ts';
import { startOrWait } from './container-starts.ts';
import { planInitContainers } from './init-actions.ts';
import { idlePlan, specGrace } from './pod-plan.ts';
import type { ContainerStop, PlanInput, PodPlan } from './pod-plan.ts';
import { activeOf, latestOf } from './pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from './pod-runtime.ts';
import { containersOf } from './pod-spec.ts';
import type { SpecContainer } from './pod-spec.ts';
import { planResizes } from './resize/plan-resizes.ts';
import { restartsAfter, restartsOnFailure } from './restart-policy.ts';
import { sandboxNeed } from './sandbox-change.ts';
import { planCleanup, stopOrder, stopSandboxes } from './stop-actions.ts';

/** Decides what happens to a pod next, as kubelet 1.36 does. */
export function planPod(input: PlanInput): PodPlan {
  const { ending, runtime, pod } = input;
  if (ending) return killAll(input, 'Pod is ending', ending.graceSeconds);
  const need = sandboxNeed(pod, runtime);
  return need.use === 'new' ? planNewSandbox(input, need.why) : planContainers(input, need.id);
}

/** A pod that has ended and is deleted leaves nothing in the runtime. */
export const planRemoval = ({ containers, sandboxes }: PodRuntimeStatus): PodPlan => ({
  ...idlePlan,
  removeContainers: containers.map(({ id }) => id),
  removeSandboxes: sandboxes.map(({ id }) => id),
});

function killAll({ pod, runtime }: PlanInput, why: string, graceSeconds: number): PodPlan {
  const stop = stopOrder(pod, runtime, graceSeconds);
  const sandboxes = stopSandboxes(runtime);
  if (stop.length === 0 && sandboxes.length === 0) return idlePlan;
  return { ...idlePlan, killPod: { why }, stop, stopSandboxes: sandboxes };
}

function planNewSandbox(input: PlanInput, why: string): PodPlan {
  const { pod, runtime, attempts } = input;
  const kill = killAll(input, why, specGrace(pod));
  const apps = appContainers(pod).filter(({ container }) =>
    mayStart(pod, container, latestOf(runtime, container.name)),
  );
  if (isOver(pod, runtime, apps)) return kill;
  const [firstInit] = containersOf(pod).filter(({ kind }) => kind === 'init' || kind === 'sidecar');
  const attempt = Math.max(runtime.sandboxes[0]?.attempt ?? -1, attempts.get('') ?? -1) + 1;
  return {
    ...kill,
    ...planCleanup(pod, runtime),
    createSandbox: { attempt, why },
    ...startOrWait(input, firstInit ? [firstInit] : apps),
  };
}

const appContainers = (pod: Pod) => containersOf(pod).filter(({ kind }) => kind === 'app');

const mayStart = (pod: Pod, container: Container, last: ContainerInfo | undefined) =>
  last?.state !== 'exited' || restartsAfter(pod, container, last.exitCode);

/** Whether a pod that has run and lost its sandbox has nothing left to do in a new one. */
function isOver(pod: Pod, { containers }: PodRuntimeStatus, apps: readonly SpecContainer[]) {
  if (!containers.some(({ state }) => state !== 'created')) return false;
  const mayRestart = ({ container }: SpecContainer) =>
    restartsOnFailure(pod, container) || container.restartPolicyRules !== undefined;
  return apps.length === 0 || !containersOf(pod).some(mayRestart);
}

function planContainers(input: PlanInput, sandboxId: string): PodPlan {
  const { pod, runtime } = input;
  const init = planInitContainers(input);
  if (init.failed) return killAll(input, init.failed, specGrace(pod));
  const apps = init.done ? planApps(input) : undefined;
  if (apps && apps.kept === 0 && apps.start.length === 0) {
    return killAll(input, 'All containers are finished', specGrace(pod));
  }
  const start = [...ephemeralToStart(input), ...init.start, ...(apps?.start ?? [])];
  const stop = [...init.stop, ...(apps?.stop ?? [])];
  const stopped = new Set(stop.map(({ id }) => id));
  return {
    ...idlePlan,
    ...planCleanup(pod, runtime),
    sandboxId,
    stop,
    resize: planResizes(pod, runtime).filter(({ id }) => !stopped.has(id)),
    ...startOrWait(input, start),
  };
}

const ephemeralToStart = ({ pod, runtime }: PlanInput) =>
  containersOf(pod).filter(
    ({ kind, container }) =>
      kind === 'ephemeral' && (latestOf(runtime, container.name)?.state ?? 'created') === 'created',
  );

interface AppPlan {
  readonly start: readonly SpecContainer[];
  readonly stop: readonly ContainerStop[];
  /** How many run and stay. */
  readonly kept: number;
}

function planApps(input: PlanInput): AppPlan {
  const { pod, runtime } = input;
  const start: SpecContainer[] = [];
  const stop: ContainerStop[] = [];
  let kept = 0;
  for (const spec of appContainers(pod)) {
    const current =
      activeOf(runtime, spec.container.name) ?? latestOf(runtime, spec.container.name);
    const fault = current?.state === 'running' && faultOf(input, spec.container, current);
    if (current?.state === 'unknown') stop.push(stopUnknown(input, current));
    if (fault) stop.push(fault.stop);
    if (current?.state === 'running' && !fault) kept += 1;
    else if (fault ? fault.restart : mayStart(pod, spec.container, current)) start.push(spec);
  }
  return { start, stop, kept };
}
