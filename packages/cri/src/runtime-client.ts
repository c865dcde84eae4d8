import type { Connection } from './connection.ts';
import { CriError } from './cri.ts';
import type {
  Container,
  ContainerStatus,
  PodSandbox,
  PodSandboxStatus,
  RuntimeCondition,
  RuntimeService,
} from './cri.ts';
import { deadlines } from './deadlines.ts';
import { readEvent, readStats } from './messages.ts';
import type { EventMessage, StatsMessage } from './messages.ts';

export type RuntimeClient = Required<RuntimeService>;

/** The calls of `RuntimeService` as messages over one connection. */
export function createRuntimeClient(connection: Connection): RuntimeClient {
  const { call } = connection;
  const ordinary = (signal: AbortSignal | undefined) => ({
    signal,
    deadlineMs: deadlines.ordinary,
  });
  const health = (signal: AbortSignal | undefined) => ({ signal, deadlineMs: deadlines.health });

  return {
    version: (signal) => call('Version', {}, health(signal)),

    async status(signal) {
      type Response = { readonly status?: { readonly conditions: readonly RuntimeCondition[] } };
      const { status } = await call<Response>('Status', {}, health(signal));
      return status ?? { conditions: [] };
    },

    async runPodSandbox(config, runtimeHandler, signal) {
      const response = await call<{ readonly podSandboxId: string }>(
        'RunPodSandbox',
        { config, runtimeHandler },
        { signal, deadlineMs: deadlines.runPodSandbox },
      );
      return response.podSandboxId;
    },

    async stopPodSandbox(podSandboxId, signal) {
      await unlessGone(call('StopPodSandbox', { podSandboxId }, ordinary(signal)));
    },

    async removePodSandbox(podSandboxId, signal) {
      await unlessGone(call('RemovePodSandbox', { podSandboxId }, ordinary(signal)));
    },

    async podSandboxStatus(podSandboxId, signal) {
      const request = { podSandboxId };
      type Response = { readonly status: PodSandboxStatus };
      return (await call<Response>('PodSandboxStatus', request, ordinary(signal))).status;
    },

    async listPodSandbox({ id, labels } = {}, signal) {
      const request = { filter: { id, labelSelector: labels } };
      type Response = { readonly items: readonly PodSandbox[] };
      return (await call<Response>('ListPodSandbox', request, ordinary(signal))).items;
    },

    async createContainer(podSandboxId, config, sandboxConfig, signal) {
      const request = { podSandboxId, config, sandboxConfig };
      type Response = { readonly containerId: string };
      return (await call<Response>('CreateContainer', request, ordinary(signal))).containerId;
    },

    async startContainer(containerId, signal) {
      await call('StartContainer', { containerId }, ordinary(signal));
    },

    async stopContainer(containerId, graceSeconds, signal) {
      const request = { containerId, timeout: graceSeconds };
      const deadlineMs = deadlines.stopContainer(graceSeconds);
      await unlessGone(call('StopContainer', request, { signal, deadlineMs }));
    },

    async removeContainer(containerId, signal) {
      await unlessGone(call('RemoveContainer', { containerId }, ordinary(signal)));
    },

    async listContainers({ id, podSandboxId, labels } = {}, signal) {
      const request = { filter: { id, podSandboxId, labelSelector: labels } };
      type Response = { readonly containers: readonly Container[] };
      return (await call<Response>('ListContainers', request, ordinary(signal))).containers;
    },

    async containerStatus(containerId, signal) {
      type Response = { readonly status: ContainerStatus };
      return (await call<Response>('ContainerStatus', { containerId }, ordinary(signal))).status;
    },

    async updateContainerResources(containerId, linux, signal) {
      await call('UpdateContainerResources', { containerId, linux }, ordinary(signal));
    },

    execSync: (containerId, cmd, timeoutSeconds, signal) =>
      call(
        'ExecSync',
        { containerId, cmd, timeout: timeoutSeconds },
        { signal, deadlineMs: deadlines.execSync(timeoutSeconds) },
      ),

    async exec(containerId, { command, ...streams }, signal) {
      const request = { containerId, cmd: command, ...streams };
      return (await call<{ readonly url: string }>('Exec', request, ordinary(signal))).url;
    },

    async attach(containerId, streams, signal) {
      const request = { containerId, ...streams };
      return (await call<{ readonly url: string }>('Attach', request, ordinary(signal))).url;
    },

    async portForward(podSandboxId, port, signal) {
      const request = { podSandboxId, port };
      return (await call<{ readonly url: string }>('PortForward', request, ordinary(signal))).url;
    },

    async reopenContainerLog(containerId, signal) {
      await call('ReopenContainerLog', { containerId }, ordinary(signal));
    },

    async listContainerStats({ labels } = {}, signal) {
      const request = { filter: { labelSelector: labels } };
      type Response = { readonly stats: readonly StatsMessage[] };
      const { stats } = await call<Response>('ListContainerStats', request, ordinary(signal));
      return stats.map(readStats);
    },

    async *containerEvents(signal) {
      for await (const event of connection.stream<EventMessage>(
        'GetContainerEvents',
        {},
        { signal },
      ))
        yield readEvent(event);
    },
  };
}

/** The protocol asks for success when nothing is left to do; containerd reports what it did not find. */
async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (err) {
    if (!(err instanceof CriError && err.reason === 'NotFound')) throw err;
  }
}
