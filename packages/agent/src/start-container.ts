import type { Pod } from '@berth/api';
import type { PodSandboxConfig } from '@berth/cri';

import { containerConfig, targetOf } from './container-config.ts';
import { environment } from './env.ts';
import { refersToPodIps } from './field-ref.ts';
import type { PodFacts } from './field-ref.ts';
import type { Readied } from './get-ready.ts';
import type { ReadyImage } from './images.ts';
import type { PodContext } from './pod-context.ts';
import type { ContainerStart } from './pod-plan.ts';
import { activeOf } from './pod-runtime.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import type { SpecContainer } from './pod-spec.ts';
import type { MadeContainer } from './runtime-reader.ts';
import { StartError, textOf } from './start-error.ts';
import type { ReadyVolumes } from './volumes/volumes.ts';

export interface StartRequest {
  readonly pod: Pod;
  readonly spec: SpecContainer;
  readonly start: ContainerStart;
  readonly sandboxId: string;
  readonly sandbox: PodSandboxConfig;
  /** Rejects when they could not be found out, which is then the pod's own trouble. */
  readonly podIps: Promise<readonly string[]>;
  readonly volumes: ReadyVolumes['volumes'];
  readonly runtime: PodRuntimeStatus;
  /** What was looked after before. */
  readonly readied?: Readied | undefined;
  /** Called when the start will take a while, so that what is known can be shown. */
  readonly onPull: () => void;
  /** Called right before the runtime is asked to make the container. */
  readonly onCreate: () => void;
}

/**
 * Image, container, start, postStart hook. Rejects with `StartError`, with the reason of `signal`, or because the
 * addresses of the pod are not known.
 */
export async function startContainer(
  context: PodContext,
  request: StartRequest,
  signal: AbortSignal,
): Promise<MadeContainer> {
  const { runtime, events, clock } = context;
  const { pod, spec, sandboxId } = request;
  try {
    const image = await ensureImage(context, request, signal);
    signal.throwIfAborted();
    const hosts = writeHosts(context, request);
    const id = await create(context, request, image);
    events.container(pod, spec, 'Normal', 'Created', `Created container: ${spec.container.name}`);
    // While it is started there is time to ask for all that its start does not change.
    const asked = runtime.containerStatus(id, signal).catch(() => undefined);
    await hosts;
    await runtime.startContainer(id).catch(failAs('RunContainerError'));
    const startedAt = clock.now();
    events.container(pod, spec, 'Normal', 'Started', `Started container ${spec.container.name}`);
    await postStart(context, request, id, signal);
    const made = { id, sandboxId, startedAt };
    // A hook may take its time, and the container may end in it.
    const status = spec.container.lifecycle?.postStart ? undefined : await asked;
    return { ...made, ...(status && { status }) };
  } catch (err) {
    // What was called off did not fail: the pod ends, or another agent goes on with it.
    signal.throwIfAborted();
    await request.podIps;
    throw reported(context, request, err);
  }
}

const ensureImage = (
  { images, objects }: PodContext,
  { pod, spec, sandbox, readied, onPull }: StartRequest,
  signal: AbortSignal,
): Promise<ReadyImage> => {
  const { secret } = objects(pod.metadata.namespace ?? '');
  return images.ensure({ pod, spec, sandbox, secret, found: readied?.image, onPull }, signal);
};

async function create(
  context: PodContext,
  request: StartRequest,
  image: ReadyImage,
): Promise<string> {
  const { runtime, files, objects, settings } = context;
  const { pod, spec, start, volumes, sandboxId, sandbox } = request;
  const { hostIps, allocatable, memoryBytes, security } = settings;
  // Most do not ask for it, and need not wait until it is known.
  const podIps = refersToPodIps(spec.container) ? await request.podIps : [];
  const facts: PodFacts = { pod, podIps, hostIps, allocatable };
  const own = objects(pod.metadata.namespace ?? '');
  const env = environment(facts, own, spec.container);
  const { attempt, restartCount } = start;
  const mounts =
    request.readied?.mounts ?? (await files.mounts({ pod, spec, attempt, volumes, env }));
  const target = targetOf(pod, spec.container.name);
  const targetId = target && activeOf(request.runtime, target)?.id;
  const config = containerConfig({
    facts,
    objects: own,
    spec,
    attempt,
    restartCount,
    imageRef: image.ref,
    imageUser: image.user,
    mounts,
    nodeMemoryBytes: memoryBytes,
    security,
    ...(targetId && { targetId }),
  });
  request.onCreate();
  return runtime.createContainer(sandboxId, config, sandbox).catch(failAs('CreateContainerError'));
}

/** What is in it need not be there before the container runs. */
function writeHosts({ files }: PodContext, { pod, spec, podIps }: StartRequest): Promise<void> {
  const written = podIps.then((ips) => files.writeHosts(pod, spec, ips));
  // Awaited once the container is made; until then a failure is nobody's.
  written.catch(() => undefined);
  return written;
}

const failAs = (reason: string) => (err: unknown) => {
  throw new StartError(reason, textOf(err), { cause: err });
};

async function postStart(
  { hooks, runtime, events }: PodContext,
  { pod, spec, podIps }: StartRequest,
  containerId: string,
  signal: AbortSignal,
): Promise<void> {
  const handler = spec.container.lifecycle?.postStart;
  if (!handler) return;
  const [podIp = ''] = await podIps;
  try {
    await hooks({ handler, spec, containerId, podIp, timeoutSeconds: 0 }, signal);
  } catch (err) {
    signal.throwIfAborted();
    events.container(pod, spec, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
    const { name } = spec.container;
    events.container(pod, spec, 'Normal', 'Killing', `FailedPostStartHook: ${name}`);
    await runtime.stopContainer(containerId, pod.spec.terminationGracePeriodSeconds ?? 30);
    throw new StartError('PostStartHookError', `PostStart hook failed: ${textOf(err)}`, {
      cause: err,
    });
  }
}

/** Failures are told as Events here, except those that tell of themselves. */
function reported(context: PodContext, { pod, spec }: StartRequest, err: unknown): StartError {
  const failure =
    err instanceof StartError
      ? err
      : new StartError('CreateContainerError', textOf(err), { cause: err });
  const { reason, message } = failure;
  const isKnownElsewhere = reason === 'PostStartHookError';
  const isImage = /Image/.test(reason);
  if (!isKnownElsewhere) {
    const text = `Error: ${isImage ? reason : message}`;
    context.events.container(pod, spec, 'Warning', 'Failed', text);
  }
  return failure;
}
