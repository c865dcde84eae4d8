import { applyPlan } from './apply-actions.ts';
import type { ControlPlane } from './control-plane.ts';
import { planPod, planRemoval } from './pod-actions.ts';
import type { PodContext } from './pod-context.ts';
import type { Ending } from './pod-ending.ts';
import { isIdle } from './pod-plan.ts';
import type { PodPlan } from './pod-plan.ts';
import type { PodRecord, PodRecords } from './pod-record.ts';
import { isStopped } from './pod-runtime.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import type { PodView } from './pod-view.ts';
import type { Next } from './pod-workers.ts';
import type { StatusWriter } from './status-writer.ts';
import type { ReadyVolumes } from './volumes/volumes.ts';

export interface PodEndOptions {
  readonly context: PodContext;
  readonly view: PodView;
  readonly writer: StatusWriter;
  readonly records: PodRecords;
  readonly read: (record: PodRecord) => Promise<PodRuntimeStatus>;
  readonly controlPlane: Pick<ControlPlane, 'removePod'>;
}

const resyncMs = 60_000;
const noVolumes: Promise<ReadyVolumes> = Promise.resolve({ volumes: new Map(), problems: [] });
const ignore = () => undefined;

/** One look at a pod that has to end: stop, show how it ended, and remove what is left when it is deleted. */
export function createPodEnd(options: PodEndOptions) {
  const { context, view, writer, records, read, controlPlane } = options;

  const act = async (
    { pod }: PodRecord,
    runtime: PodRuntimeStatus,
    plan: PodPlan,
    signal: AbortSignal,
  ) => {
    const callbacks = {
      onAttempt: ignore,
      onStarted: ignore,
      onFailed: ignore,
      onPull: ignore,
      onResized: ignore,
      onResizeFailed: ignore,
    };
    await applyPlan(context, { pod, plan, runtime, volumes: noVolumes, ...callbacks }, signal);
  };

  const remove = async (
    record: PodRecord,
    runtime: PodRuntimeStatus,
    signal: AbortSignal,
  ): Promise<Next> => {
    const { uid, name, namespace = '' } = record.pod.metadata;
    // Once the runtime has forgotten the containers, only the API knows how they ended.
    if (!record.gone) await writer.acknowledged(uid, signal);
    await act(record, runtime, planRemoval(runtime), signal);
    await context.files.removePod(uid);
    if (!record.gone) await controlPlane.removePod({ namespace, name }, uid);
    writer.forget(uid);
    context.images.forget(uid);
    if (record.gone) records.forget(uid);
    else records.bury(uid);
    return 'forget';
  };

  return async (record: PodRecord, ending: Ending, signal: AbortSignal): Promise<Next> => {
    const first = await read(record);
    view.show(record, first);
    const plan = planPod({
      pod: record.pod,
      runtime: first,
      probes: new Map(),
      now: context.clock.now(),
      backoffs: record.backoffs,
      attempts: record.attempts,
      ending,
    });
    if (!isIdle(plan)) await act(record, first, plan, signal);
    const runtime = isIdle(plan) ? first : await read(record);
    if (!isStopped(runtime)) throw new Error('Containers have not stopped');
    record.stopped = true;
    view.showEnd(record, runtime);
    return ending.remove ? remove(record, runtime, signal) : { afterMs: resyncMs };
  };
}
