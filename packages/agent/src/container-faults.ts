import type { Container } from '@berth/api';

import { containerHash } from './cri-labels.ts';
import { specGrace } from './pod-plan.ts';
import type { ContainerStop, PlanInput } from './pod-plan.ts';
import type { ContainerInfo } from './pod-runtime.ts';
import { needsRestart } from './resize/plan-resizes.ts';
import { restartsOnFailure } from './restart-policy.ts';

export interface Fault {
  readonly stop: ContainerStop;
  readonly restart: boolean;
}

/** Why a running container has to go, if it has to. */
export function faultOf(
  input: PlanInput,
  container: Container,
  current: ContainerInfo,
): Fault | undefined {
  const { name } = container;
  if (current.hash !== containerHash(container)) {
    const message = `Container ${name} definition changed`;
    return faultFor(input, current, true, { reason: 'Changed', message });
  }
  if (needsRestart(container, current)) {
    const message = `Container ${name} resize requires restart`;
    return faultFor(input, current, true, { reason: 'Resized', message });
  }
  const mayRestart = restartsOnFailure(input.pod, container);
  const { liveness, startup } = input.probes.get(current.id) ?? {};
  if (liveness === 'failure') {
    return faultFor(input, current, mayRestart, {
      reason: 'LivenessProbe',
      message: `Container ${name} failed liveness probe`,
      graceSeconds: container.livenessProbe?.terminationGracePeriodSeconds,
    });
  }
  if (startup === 'failure') {
    return faultFor(input, current, mayRestart, {
      reason: 'StartupProbe',
      message: `Container ${name} failed startup probe`,
      graceSeconds: container.startupProbe?.terminationGracePeriodSeconds,
    });
  }
  return undefined;
}

function faultFor(
  { pod }: PlanInput,
  { id, name }: ContainerInfo,
  restart: boolean,
  {
    reason,
    message,
    graceSeconds = specGrace(pod),
  }: {
    readonly reason: ContainerStop['reason'];
    readonly message: string;
    readonly graceSeconds?: number | undefined;
  },
): Fault {
  const text = restart ? `${message}, will be restarted` : message;
  return { restart, stop: { id, name, wave: 0, reason, message: text, graceSeconds } };
}

/** A container whose state the runtime lost is killed before another one takes its place. */
export const stopUnknown = ({ pod }: PlanInput, { id, name }: ContainerInfo): ContainerStop => ({
  id,
  name,
  wave: 0,
  reason: 'Unknown',
  message: `Container ${name} is in unknown state, try killing it before restart`,
  graceSeconds: specGrace(pod),
});
