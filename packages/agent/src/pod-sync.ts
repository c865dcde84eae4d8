import { createAdmission } from './admission/admit-pod.ts';
import type { ControlPlane } from './control-plane.ts';
import type { PodContext } from './pod-context.ts';
import { createPodEnd } from './pod-end.ts';
import { endingOf } from './pod-ending.ts';
import type { PodRecord, PodRecords } from './pod-record.ts';
import { belatedMs, createPodRun } from './pod-run.ts';
import { emptyRuntime, withApplied } from './pod-runtime.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import { createPodView } from './pod-view.ts';
import type { PodWorkersOptions } from './pod-workers.ts';
import type { Prober } from './probes/prober.ts';
import type { Made, RuntimeReader } from './runtime-reader.ts';
import type { StatusWriter } from './status-writer.ts';

export interface PodSyncOptions {
  readonly context: PodContext;
  readonly records: PodRecords;
  readonly reader: RuntimeReader;
  readonly prober: Prober;
  readonly writer: StatusWriter;
  readonly controlPlane: Pick<ControlPlane, 'removePod' | 'nodes'>;
  readonly networkProblem: () => string | undefined;
}

/** What a worker does for its pod: everything is read anew, so it may be called at any time and any number of times. */
export function createPodSync(options: PodSyncOptions): PodWorkersOptions['sync'] {
  const { context, records, reader, prober, writer, controlPlane } = options;
  const { clock, settings, events } = context;
  const view = createPodView({ prober, writer, clock, settings });
  const read = async ({ pod, applied, untouched }: PodRecord) => {
    const { uid, name, namespace = '' } = pod.metadata;
    if (untouched) return emptyRuntime(uid, namespace, name);
    return withApplied(await reader.read({ uid, name, namespace }), applied);
  };
  const readMade = async (record: PodRecord, before: PodRuntimeStatus, made: Made | undefined) => {
    // What is gone already is not there to be read alone.
    const runtime = made && (await reader.readMade(before, made).catch(() => undefined));
    return runtime ? withApplied(runtime, record.applied) : read(record);
  };
  const admit = createAdmission({
    records,
    events,
    allocatable: settings.allocatable,
    node: () => controlPlane.nodes.get(settings.nodeName),
  });
  const run = createPodRun({ ...options, view, read, readMade });
  const end = createPodEnd({ ...options, view, read });

  return async (uid, signal) => {
    const record = records.get(uid);
    if (!record) return 'forget';
    const known = endingOf(record);
    if (known) return end(record, known, signal);
    const admission = admit(record);
    if (admission === 'later') return { afterMs: belatedMs };
    const runtime = await read(record);
    if (admission === 'admitted') view.judge(record, runtime);
    const found = endingOf(record);
    return found ? end(record, found, signal) : run(record, runtime, signal);
  };
}
