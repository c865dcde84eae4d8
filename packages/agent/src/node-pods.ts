import { sleep } from '@berth/component-base';

import type { ControlPlane, StreamTarget } from './control-plane.ts';
import { createPleg } from './pleg.ts';
import type { PodContext } from './pod-context.ts';
import { createPodRecords } from './pod-record.ts';
import type { PodRecord } from './pod-record.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import { createPodSource } from './pod-source.ts';
import { createPodSync } from './pod-sync.ts';
import { createPodWorkers } from './pod-workers.ts';
import type { ProbeRunner } from './probes/probe-runner.ts';
import { createProber } from './probes/prober.ts';
import { createRuntimeReader } from './runtime-reader.ts';
import { createStatusWriter } from './status-writer.ts';
import type { StatusWriter } from './status-writer.ts';

/** All pods of this node, each with its worker. */
export interface NodePods {
  /** Takes over what is there and follows what comes, until `signal` aborts; resolves when no worker works. */
  run(signal: AbortSignal): Promise<void>;
  find(target: StreamTarget): PodRecord | undefined;
  read(record: PodRecord): Promise<PodRuntimeStatus>;
  readonly writer: StatusWriter;
}

export interface NodePodsOptions {
  readonly context: PodContext;
  readonly controlPlane: ControlPlane;
  readonly probe: ProbeRunner;
  readonly random: () => number;
  readonly networkProblem: () => string | undefined;
}

const relistMs = 1000;
const listRetryMs = 500;

export function createNodePods(options: NodePodsOptions): NodePods {
  const { context, controlPlane, probe, random, networkProblem } = options;
  const { runtime, clock, logger, events, files } = context;
  const records = createPodRecords();
  const reader = createRuntimeReader(runtime, files);
  const writer = createStatusWriter({ controlPlane, clock, random, logger });
  const { hostIps } = context.settings;
  const onChange = (uid: string) => workers.wake(uid);
  const prober = createProber({ run: probe, clock, events, hostIps, onChange });
  const sync = createPodSync({
    context,
    records,
    reader,
    prober,
    writer,
    controlPlane,
    networkProblem,
  });
  const workers = createPodWorkers({ sync, clock, random, logger });
  const source = createPodSource({ controlPlane, records, workers, writer });
  const pleg = createPleg({
    runtime,
    clock,
    logger,
    intervalMs: relistMs,
    onChange: (pod, present) => source.noticed(pod, present),
  });

  /** What the runtime or the disk has and the API has not is stopped and removed. */
  const takeOver = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await pleg.relist();
        break;
      } catch (err) {
        logger.debug('Failed to list the runtime', { err });
        await sleep(clock, listRetryMs, signal);
      }
    }
    for (const uid of await files.uids()) {
      if (!records.has(uid)) source.noticed({ uid, name: '', namespace: '' }, true);
    }
  };

  return {
    async run(signal) {
      const stop = source.start();
      await takeOver(signal);
      source.tookOver();
      await pleg.run(signal);
      stop();
      await workers.stop();
      writer.close();
      for (const { pod } of records.all()) prober.forget(pod.metadata.uid);
    },
    find: ({ namespace, pod, uid }) =>
      records
        .others(`${namespace}/${pod}`, undefined)
        .find((record) => uid === '' || record.pod.metadata.uid === uid),
    read({ pod }) {
      const { uid, name, namespace = '' } = pod.metadata;
      return reader.read({ uid, name, namespace });
    },
    writer,
  };
}
