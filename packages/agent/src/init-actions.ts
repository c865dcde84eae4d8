import type { Container, Pod } from '@berth/api';

import { faultOf, stopUnknown } from './container-faults.ts';
import type { ContainerStop, PlanInput } from './pod-plan.ts';
import { activeOf } from './pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from './pod-runtime.ts';
import { containersOf, isSidecar } from './pod-spec.ts';
import type { SpecContainer } from './pod-spec.ts';
import { restartsAfter, restartsOnFailure } from './restart-policy.ts';

export interface InitPlan {
  /** The app containers may run. */
  readonly done: boolean;
  /** Why the pod can never be initialized. */
  readonly failed?: string;
  readonly start: readonly SpecContainer[];
  readonly stop: readonly ContainerStop[];
}

/** Whether an app container was ever made in the present sandbox: then every init container has had its turn. */
export const hasInitialized = (pod: Pod, runtime: PodRuntimeStatus): boolean =>
  pod.spec.containers.some(({ name }) => {
    const current = activeOf(runtime, name);
    return current !== undefined && current.state !== 'unknown';
  });

/**
 * Init containers run one after the other. The last one that left a trace in the present sandbox tells how far the
 * pod has come: finished ones before it may have been removed since.
 */
export function planInitContainers(input: PlanInput): InitPlan {
  const { pod, runtime } = input;
  const inits = containersOf(pod).filter(({ kind }) => kind === 'init' || kind === 'sidecar');
  if (hasInitialized(pod, runtime)) return { ...keepSidecars(input, inits), done: true };
  const at = inits.findLastIndex(({ container }) => activeOf(runtime, container.name));
  const front = inits[at];
  const current = front && activeOf(runtime, front.container.name);
  if (!current) return { done: inits.length === 0, start: inits.slice(0, 1), stop: [] };
  const step = stepOf(input, front, current);
  const before = keepSidecars(input, inits.slice(0, at));
  const next = step.passed ? inits.slice(at + 1, at + 2) : [];
  return {
    done: step.passed && next.length === 0,
    ...(step.failed && { failed: step.failed }),
    start: [...before.start, ...step.start, ...next],
    stop: [...before.stop, ...step.stop],
  };
}

interface Step {
  /** The next container may have its turn. */
  readonly passed: boolean;
  readonly failed?: string;
  readonly start: readonly SpecContainer[];
  readonly stop: readonly ContainerStop[];
}

const wait: Step = { passed: false, start: [], stop: [] };
const pass: Step = { passed: true, start: [], stop: [] };

function stepOf(input: PlanInput, spec: SpecContainer, current: ContainerInfo): Step {
  const { container } = spec;
  switch (current.state) {
    case 'created':
      return { ...wait, start: [spec] };
    case 'running':
      return isSidecar(container) ? sidecarStep(input, spec, current) : wait;
    case 'exited':
      return exitStep(input, spec, current);
    case 'unknown':
      return restartsOnFailure(input.pod, container)
        ? { ...wait, start: [spec], stop: [stopUnknown(input, current)] }
        : { ...wait, failed: failure(container) };
  }
}

const failure = ({ name }: Container) => `Init container ${name} failed`;

function sidecarStep(input: PlanInput, spec: SpecContainer, current: ContainerInfo): Step {
  const fault = faultOf(input, spec.container, current);
  if (fault) return { passed: false, start: [spec], stop: [fault.stop] };
  const started =
    !spec.container.startupProbe || input.probes.get(current.id)?.startup === 'success';
  return started ? pass : wait;
}

function exitStep({ pod }: PlanInput, spec: SpecContainer, { exitCode }: ContainerInfo): Step {
  const { container } = spec;
  if (isSidecar(container)) return { ...wait, start: [spec] };
  if (exitCode === 0) return pass;
  if (!restartsAfter(pod, container, exitCode, true))
    return { ...wait, failed: failure(container) };
  return { ...wait, start: [spec] };
}

/** Sidecars whose turn has come keep running, whatever the others do. */
function keepSidecars(input: PlanInput, inits: readonly SpecContainer[]): Omit<InitPlan, 'done'> {
  const start: SpecContainer[] = [];
  const stop: ContainerStop[] = [];
  for (const spec of inits.filter(({ kind }) => kind === 'sidecar')) {
    const current = activeOf(input.runtime, spec.container.name);
    const fault =
      current?.state === 'running' ? faultOf(input, spec.container, current) : undefined;
    if (current?.state === 'unknown') stop.push(stopUnknown(input, current));
    if (fault) stop.push(fault.stop);
    if (current?.state !== 'running' || fault) start.push(spec);
  }
  return { start, stop };
}
