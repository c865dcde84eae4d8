import type { Pod, ResourceRequirements } from '@berth/api';
import type { PodSandboxConfig, PodSandboxStatus } from '@berth/cri';

import { dnsConfig } from './dns.ts';
import { getReady } from './get-ready.ts';
import type { Readied } from './get-ready.ts';
import type { PodContext } from './pod-context.ts';
import type { ContainerStart, PodPlan } from './pod-plan.ts';
import { addressesOf } from './pod-runtime.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import { findContainer, usesHostNetwork } from './pod-spec.ts';
import { linuxResources } from './resources.ts';
import { sandboxIps } from './runtime-reader.ts';
import type { Made, MadeContainer } from './runtime-reader.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { startContainer } from './start-container.ts';
import { StartError, textOf } from './start-error.ts';
import { stopContainers } from './stop-containers.ts';
import type { ReadyVolumes } from './volumes/volumes.ts';

export interface ApplyInput {
  readonly pod: Pod;
  readonly plan: PodPlan;
  readonly runtime: PodRuntimeStatus;
  /** Settles while the sandbox is made; containers wait for it. */
  readonly volumes: Promise<ReadyVolumes>;
  /** Called before each attempt, so that its number is never used twice; `''` is the sandbox. */
  readonly onAttempt: (name: string, attempt: number) => void;
  readonly onStarted: (start: ContainerStart) => void;
  readonly onFailed: (start: ContainerStart, failure: StartError) => void;
  readonly onPull: () => void;
  readonly onResized: (id: string, resources: ResourceRequirements) => void;
  readonly onResizeFailed: (message: string) => void;
}

/**
 * Carries out a plan. Resolves to what was made if nothing else was done and all of it went well. Rejects when the pod
 * as a whole is stuck; single containers report through `onFailed`.
 */
export async function applyPlan(
  context: PodContext,
  input: ApplyInput,
  signal: AbortSignal,
): Promise<Made | undefined> {
  const { plan } = input;
  await stop(context, input, signal);
  await resize(context, input, signal);
  if (plan.createSandbox) await remove(context, input);
  const making = ensureSandbox(context, input, signal);
  const readied = readyFirst(context, input, signal);
  const sandbox = await making;
  const started = sandbox && (await startAll(context, input, sandbox, await readied, signal));
  const made = await sandbox?.made;
  if (!plan.createSandbox) await remove(context, input);
  if (!started || !isGrowth(plan)) return undefined;
  return { ...(made && { sandbox: made }), containers: started };
}

/** Whether a plan takes nothing away and changes nothing that runs. */
const isGrowth = (plan: PodPlan): boolean =>
  [plan.stop, plan.stopSandboxes, plan.removeContainers, plan.removeSandboxes, plan.resize].every(
    ({ length }) => length === 0,
  );

/** While the sandbox is made there is time to look after what is needed next. */
async function readyFirst(
  context: PodContext,
  { pod, plan, volumes }: ApplyInput,
  signal: AbortSignal,
): Promise<Readied | undefined> {
  const [start] = plan.createSandbox ? plan.start : [];
  const spec = start && findContainer(pod, start.name);
  return spec && getReady(context, { pod, spec, start }, volumes, signal);
}

async function stop(context: PodContext, input: ApplyInput, signal: AbortSignal): Promise<void> {
  const { pod, plan, runtime } = input;
  const [podIp = ''] = addressesOf(pod, runtime, context.settings.hostIps);
  if (plan.killPod && plan.createSandbox && runtime.sandboxes.length > 0) {
    const text = 'Pod sandbox changed, it will be killed and re-created.';
    context.events.pod(pod, 'Normal', 'SandboxChanged', text);
  }
  await stopContainers(context, pod, plan.stop, podIp, signal);
  await Promise.all(plan.stopSandboxes.map((id) => context.runtime.stopPodSandbox(id)));
}

async function resize(
  { runtime, settings }: PodContext,
  { pod, plan, onResized, onResizeFailed }: ApplyInput,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, name } of plan.resize) {
    const { container } = findContainer(pod, name) ?? {};
    if (!container) continue;
    try {
      const resources = linuxResources(pod, container, settings.memoryBytes);
      await runtime.updateContainerResources(id, resources, signal);
      onResized(id, container.resources ?? {});
    } catch (err) {
      signal.throwIfAborted();
      onResizeFailed(textOf(err));
    }
  }
}

/** A sandbox that is not ready may be half made: it is stopped once more before it goes, so that nothing of it stays. */
async function remove(
  { runtime, files }: PodContext,
  { plan, runtime: known }: ApplyInput,
): Promise<void> {
  await Promise.all(
    plan.removeContainers.map(async (id) => {
      await runtime.removeContainer(id);
      const container = known.containers.find((candidate) => candidate.id === id);
      if (container) await files.removeContainer(known.uid, container);
    }),
  );
  await Promise.all(
    plan.removeSandboxes.map(async (id) => {
      await runtime.stopPodSandbox(id);
      await runtime.removePodSandbox(id);
    }),
  );
}

interface Sandbox {
  readonly id: string;
  /** How it is, when it was made just now. Rejects when that could not be found out. */
  readonly made?: Promise<PodSandboxStatus>;
  readonly config: PodSandboxConfig;
  readonly ips: Promise<readonly string[]>;
}

function configOf({ settings, files }: PodContext, pod: Pod, attempt: number): PodSandboxConfig {
  return sandboxConfig({
    pod,
    attempt,
    logDirectory: files.logDirectory(pod),
    dns: dnsConfig(pod, settings.dns),
    clusterDomain: settings.dns.clusterDomain,
    cgroupRoot: settings.cgroupRoot,
  });
}

async function ensureSandbox(
  context: PodContext,
  { pod, plan, runtime, onAttempt }: ApplyInput,
  signal: AbortSignal,
): Promise<Sandbox | undefined> {
  signal.throwIfAborted();
  const { hostIps } = context.settings;
  const shown = (ips: readonly string[]) => (usesHostNetwork(pod) ? hostIps : ips);
  if (plan.createSandbox) {
    const { attempt } = plan.createSandbox;
    onAttempt('', attempt);
    const config = configOf(context, pod, attempt);
    const { id, made } = await createSandbox(context, pod, config);
    const ips = made.then((status) => shown(sandboxIps(status)));
    // Whoever needs it awaits it, and applying a plan does so at the end.
    ips.catch(() => undefined);
    return { id, made, config, ips };
  }
  const existing = runtime.sandboxes.find(({ id }) => id === plan.sandboxId);
  if (!existing || plan.start.length === 0) return undefined;
  const config = configOf(context, pod, existing.attempt);
  return { id: existing.id, config, ips: Promise.resolve(shown(existing.ips)) };
}

async function createSandbox({ runtime, events }: PodContext, pod: Pod, config: PodSandboxConfig) {
  const failed = (err: unknown) => {
    const text = `Failed to create pod sandbox: ${textOf(err)}`;
    events.pod(pod, 'Warning', 'FailedCreatePodSandBox', text);
    throw new Error(text, { cause: err });
  };
  const id = await runtime.runPodSandbox(config, '').catch(failed);
  // Its address is seldom needed before its first container is made.
  return { id, made: runtime.podSandboxStatus(id).catch(failed) };
}

/** One after the other, in the order of the plan. Resolves to them if all started. */
async function startAll(
  context: PodContext,
  input: ApplyInput,
  sandbox: Sandbox,
  first: Readied | undefined,
  signal: AbortSignal,
): Promise<readonly MadeContainer[] | undefined> {
  const { volumes } = await input.volumes;
  const { start: starts } = input.plan;
  const started: MadeContainer[] = [];
  for (const [i, start] of starts.entries()) {
    signal.throwIfAborted();
    const readied = i === 0 ? first : undefined;
    const outcome = await startOne(context, input, sandbox, { volumes, readied, start }, signal);
    if (outcome instanceof StartError) input.onFailed(start, outcome);
    else if (outcome) {
      started.push(outcome);
      input.onStarted(start);
    }
  }
  return started.length === starts.length ? started : undefined;
}

async function startOne(
  context: PodContext,
  { pod, runtime, onAttempt, onPull }: ApplyInput,
  { id: sandboxId, config, ips }: Sandbox,
  {
    volumes,
    readied,
    start,
  }: {
    readonly volumes: ReadyVolumes['volumes'];
    readonly readied: Readied | undefined;
    readonly start: ContainerStart;
  },
  signal: AbortSignal,
): Promise<MadeContainer | StartError | undefined> {
  const spec = findContainer(pod, start.name);
  if (!spec) return undefined;
  const onCreate = () => onAttempt(start.name, start.attempt);
  try {
    const request = { pod, spec, start, sandboxId, sandbox: config, podIps: ips, volumes };
    return await startContainer(
      context,
      { ...request, readied, runtime, onPull, onCreate },
      signal,
    );
  } catch (err) {
    if (err instanceof StartError) return err;
    throw err;
  }
}
