import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
} from '@berth/api';
import { formatTime } from '@berth/component-base';

import type { ContainerInfo, PodRuntimeStatus } from './pod-runtime.ts';
import { hasInitialized } from './init-actions.ts';
import { isSidecar } from './pod-spec.ts';
import type { SpecContainer } from './pod-spec.ts';
import { restartsAfter } from './restart-policy.ts';

/** Why a container is not started, in the words of `state.waiting`. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

/** What the probes make of a running container. */
export interface Health {
  readonly started: boolean;
  readonly ready: boolean;
}

export interface ContainerStatusesInput {
  readonly pod: Pod;
  readonly runtime: PodRuntimeStatus;
  /** `containerd`, the scheme of container ids. */
  readonly runtimeName: string;
  /** The statuses last known, by container name. */
  readonly previous: ReadonlyMap<string, ContainerStatus>;
  /** By container name: why its last start did not succeed. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly healthOf: (container: ContainerInfo) => Health;
}

/** The status of one container of the spec. */
export function containerStatus(
  input: ContainerStatusesInput,
  spec: SpecContainer,
): ContainerStatus {
  const { container } = spec;
  const { runtime, previous } = input;
  const [latest, before] = runtime.containers.filter(({ name }) => name === container.name);
  const base = latest
    ? fromRuntime(input, container, latest, before)
    : fromMemory(input, spec, previous.get(container.name));
  const status = withWaitingReason(input, spec, base, latest);
  const health = healthOf(input, spec, status, latest);
  return { ...status, ...health };
}

const idOf = ({ runtimeName }: ContainerStatusesInput, { id }: ContainerInfo) =>
  `${runtimeName}://${id}`;

function fromRuntime(
  input: ContainerStatusesInput,
  container: Container,
  latest: ContainerInfo,
  before: ContainerInfo | undefined,
): ContainerStatus {
  const old = input.previous.get(container.name);
  const lastState = before?.state === 'exited' ? stateOf(input, before) : (old?.lastState ?? {});
  const { requests } = container.resources ?? {};
  return {
    ...blank(container),
    state: lostState(latest, old) ?? stateOf(input, latest),
    lastState,
    restartCount: latest.restartCount,
    image: latest.image,
    imageID: latest.imageId,
    containerID: idOf(input, latest),
    ...(requests && { allocatedResources: requests }),
    ...inForce(container, latest),
  };
}

/** What the container runs with, which a resize may not have reached yet. */
function inForce(container: Container, { state, resources }: ContainerInfo) {
  const own = (state === 'running' ? resources : undefined) ?? container.resources;
  return own && { resources: own };
}

const blank = ({ name, image = '', volumeMounts }: Container): ContainerStatus => ({
  name,
  image,
  imageID: '',
  ready: false,
  restartCount: 0,
  ...(volumeMounts && {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly && { readOnly, recursiveReadOnly: 'Disabled' }),
    })),
  }),
});

const time = (ms: number) => formatTime(ms);

function stateOf(input: ContainerStatusesInput, info: ContainerInfo): ContainerState {
  switch (info.state) {
    case 'running':
      return { running: { startedAt: time(info.startedAt) } };
    case 'exited':
      return { terminated: terminated(idOf(input, info), info) };
    case 'created':
    case 'unknown':
      return { waiting: {} };
  }
}

const terminated = (containerID: string, info: ContainerInfo): ContainerStateTerminated => ({
  exitCode: info.exitCode,
  ...(info.reason && { reason: info.reason }),
  ...(info.message && { message: info.message }),
  startedAt: time(info.startedAt),
  finishedAt: time(info.finishedAt),
  containerID,
});

const lost = (message: string): ContainerStateTerminated => ({
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message,
});

/** A container that ran when last seen and whose state the runtime does not know has failed. */
const lostState = (
  { state }: ContainerInfo,
  old: ContainerStatus | undefined,
): ContainerState | undefined =>
  state === 'unknown' && old?.state?.running
    ? { terminated: lost('The container could not be located when the pod was terminated') }
    : undefined;

/** The runtime knows no such container: it is not made yet, or it is forgotten. */
function fromMemory(
  { pod, runtime }: ContainerStatusesInput,
  { kind, container }: SpecContainer,
  old: ContainerStatus | undefined,
): ContainerStatus {
  if (old?.state?.terminated) return old;
  const hasInits = (pod.spec.initContainers ?? []).length > 0;
  const reason = hasInits ? 'PodInitializing' : 'ContainerCreating';
  const fresh: ContainerStatus = {
    ...blank(container),
    state: { waiting: { reason } },
    lastState: old?.lastState ?? {},
    restartCount: old?.restartCount ?? 0,
  };
  if (kind === 'init' && hasInitialized(pod, runtime)) return { ...fresh, state: finishedUnseen };
  if (!old?.state?.running || old.lastState?.terminated) return fresh;
  const message =
    'The container could not be located when the pod was deleted.  The container used to be Running';
  const restarts = pod.metadata.deletionTimestamp ? 0 : 1;
  return {
    ...fresh,
    lastState: { terminated: lost(message) },
    restartCount: fresh.restartCount + restarts,
  };
}

const finishedUnseen: ContainerState = {
  terminated: {
    exitCode: 0,
    reason: 'Completed',
    message:
      'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally',
  },
};

/** A container that will start again, and why it has not: its end moves to `lastState`. */
function withWaitingReason(
  { pod, waiting }: ContainerStatusesInput,
  { kind, container }: SpecContainer,
  status: ContainerStatus,
  latest: ContainerInfo | undefined,
): ContainerStatus {
  const why = waiting.get(container.name);
  if (!why || pod.metadata.deletionTimestamp || latest?.state === 'running') return status;
  const isInit = kind === 'init' || kind === 'sidecar';
  const isOver =
    latest?.state === 'exited' &&
    ((kind === 'init' && latest.exitCode === 0) ||
      !restartsAfter(pod, container, latest.exitCode, isInit));
  if (isOver) return status;
  const { terminated: ended } = status.state ?? {};
  return {
    ...status,
    state: { waiting: { reason: why.reason, message: why.message } },
    ...(ended && { lastState: { terminated: ended } }),
  };
}

function healthOf(
  { healthOf }: ContainerStatusesInput,
  { kind, container }: SpecContainer,
  { state }: ContainerStatus,
  latest: ContainerInfo | undefined,
): Health | { readonly ready: boolean } {
  if (kind === 'ephemeral') return { ready: false };
  const isUp = state?.running !== undefined && latest !== undefined;
  const health = isUp ? healthOf(latest) : { started: false, ready: false };
  if (kind !== 'init' || isSidecar(container)) {
    return { started: health.started, ready: health.started && health.ready };
  }
  return { started: health.started, ready: state?.terminated?.exitCode === 0 };
}
