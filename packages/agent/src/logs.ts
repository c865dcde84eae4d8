import { badRequest, internalError, notFound } from '@berth/api';
import type { ContainerStatus } from '@berth/api';
import type { Clock } from '@berth/component-base';
import type { RuntimeService } from '@berth/cri';

import type { LogOptions, StreamHandlers, StreamTarget } from './control-plane.ts';
import { readLog } from './log-reader.ts';
import type { NodePods } from './node-pods.ts';
import type { PodRecord } from './pod-record.ts';
import { findContainer } from './pod-spec.ts';
import type { StatusWriter } from './status-writer.ts';

export interface LogsOptions {
  readonly pods: Pick<NodePods, 'find' | 'read' | 'writer'>;
  readonly runtime: RuntimeService;
  readonly clock: Clock;
}

const podType = { group: '', resource: 'pods' };

/** Container logs for whoever may read them. */
export function createLogs({ pods, runtime, clock }: LogsOptions): StreamHandlers['logs'] {
  const isRunning = async (id: string) => {
    const status = await runtime.containerStatus(id).catch(() => undefined);
    return status?.state === 'CONTAINER_RUNNING';
  };

  return async function* logs(target, options, signal) {
    const record = pods.find(target);
    if (!record) throw notFound(podType, target.pod);
    if (!findContainer(record.pod, target.container)) {
      throw badRequest(`container ${target.container} is not valid for pod ${target.pod}`);
    }
    const status = statusOf(record, pods.writer, target);
    const id = status && chosenId(status, options);
    const { containers } = await pods.read(record);
    const container = containers.find((candidate) => candidate.id === id);
    if (!container) throw badRequest(whyNone(target, options, status));
    const source = { clock, isRunning: () => isRunning(container.id) };
    try {
      yield* readLog(container.logPath, options, source, signal);
    } catch (err) {
      if (signal.aborted) return;
      throw internalError(`failed to read the log of container ${target.container}`, {
        cause: err,
      });
    }
  };
}

/** The container whose log is meant: the one that runs or ran last, or the one that ended before it. */
function chosenId(
  { state, lastState, containerID }: ContainerStatus,
  { previous }: LogOptions,
): string | undefined {
  const before = lastState?.terminated?.containerID;
  const now = state?.running ? containerID : state?.terminated?.containerID;
  return (previous ? before : (now ?? before))?.split('//')[1];
}

function statusOf(
  { pod }: PodRecord,
  writer: Pick<StatusWriter, 'latest'>,
  { container }: StreamTarget,
): ContainerStatus | undefined {
  const status = writer.latest(pod.metadata.uid) ?? pod.status;
  return [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);
}

const pullProblems: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

function whyNone(
  { container, pod }: StreamTarget,
  { previous }: LogOptions,
  status: ContainerStatus | undefined,
): string {
  const what = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod)}`;
  if (previous) return `previous terminated ${what} not found`;
  const reason = status?.state?.waiting?.reason ?? 'ContainerCreating';
  return `${what} is waiting to start: ${pullProblems[reason] ?? reason}`;
}
