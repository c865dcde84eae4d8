import type { Pod } from '@berth/api';
import { textOf } from './start-error.ts';

import type { PodContext } from './pod-context.ts';
import type { ContainerStop } from './pod-plan.ts';
import { findContainer } from './pod-spec.ts';

/** However short the grace, a process gets this long to end by itself. */
const leastGraceSeconds = 2;

/**
 * Stops containers: their preStop hooks all run at once, then each wave gets its signal when the waves before it are
 * gone. What hooks and waiting take comes off the grace.
 */
export async function stopContainers(
  context: PodContext,
  pod: Pod,
  stops: readonly ContainerStop[],
  podIp: string,
  signal: AbortSignal,
): Promise<void> {
  const began = context.clock.monotonic();
  const waves = [...new Set(stops.map(({ wave }) => wave))].sort((a, b) => a - b);
  let turn: Promise<unknown> = Promise.resolve();
  const all: Promise<void>[] = [];
  for (const wave of waves) {
    const before = turn;
    const ends = stops
      .filter((stop) => stop.wave === wave)
      .map(async (stop) => {
        announce(context, pod, stop);
        await preStop(context, pod, stop, podIp, signal);
        await before;
        const spent = Math.floor((context.clock.monotonic() - began) / 1000);
        const grace = Math.max(leastGraceSeconds, stop.graceSeconds - spent);
        await context.runtime.stopContainer(stop.id, grace, signal);
      });
    turn = Promise.allSettled([before, ...ends]);
    all.push(...ends);
  }
  const results = await Promise.allSettled(all);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

function announce({ events }: PodContext, pod: Pod, { name, message }: ContainerStop): void {
  const spec = findContainer(pod, name);
  if (spec) events.container(pod, spec, 'Normal', 'Killing', message);
}

async function preStop(
  { hooks, events, logger, clock }: PodContext,
  pod: Pod,
  { id, name, graceSeconds }: ContainerStop,
  podIp: string,
  signal: AbortSignal,
): Promise<void> {
  const spec = findContainer(pod, name);
  const handler = spec?.container.lifecycle?.preStop;
  if (!spec || !handler) return;
  const limit = new AbortController();
  const cancel = clock.after(graceSeconds * 1000, () => limit.abort());
  const request = { handler, spec, containerId: id, podIp, timeoutSeconds: graceSeconds };
  try {
    await hooks(request, AbortSignal.any([signal, limit.signal]));
  } catch (err) {
    events.container(pod, spec, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
    logger.debug('PreStop hook failed', { container: name, why: textOf(err) });
  } finally {
    cancel();
  }
}
