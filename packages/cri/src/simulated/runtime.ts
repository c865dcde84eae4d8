import { createHash } from 'node:crypto';
import type { Clock, Logger } from '@berth/component-base';
import { CriError } from '../cri.ts';
import type { ContainerEvent, Cri, Labels } from '../cri.ts';
import { createAddressPool } from './addresses.ts';
import { readBehaviour, readSetting } from './behaviour.ts';
import { createContainer } from './container.ts';
import type { SimulatedContainer } from './container.ts';
import { createEventBroadcast } from './events.ts';
import { execSync } from './exec-sync.ts';
import { createImageStore } from './image-store.ts';
import { createLogFile, noLog } from './log-file.ts';
import type { OpenLog } from './log-file.ts';
import { createNames } from './names.ts';
import { createSandbox } from './sandbox.ts';
import type { SimulatedSandbox } from './sandbox.ts';
import { createStreamServer } from './stream-server.ts';
import { attachSession, execSession, portForwardSession } from './stream-sessions.ts';

export interface SimulatedOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where pods get their addresses from: `10.244.1.0/24`. */
  readonly podCidr: string;
  /** Settings of `Behaviour` for pods whose annotations say nothing, keys without their prefix. */
  readonly behaviour?: Labels;
  /** Images that are there from the start. Any other name can be pulled. */
  readonly images?: readonly string[];
  /** Whether containers write their logs where they are told to; they do unless told otherwise. */
  readonly logs?: 'files' | 'none';
}

/** A runtime whose containers are data. */
export interface SimulatedCri extends Cri {
  /** Whether a pod answers on its address now: its ports exist for those who ask here only. */
  answers(podIp: string): boolean;
}

const nano = 1e6;

/**
 * A runtime in this process: sandboxes get addresses, containers run on the clock as their annotations or their
 * commands say (see `Behaviour`), and their logs are real files. Nothing is kept when it is closed.
 */
export function createSimulatedCri(options: SimulatedOptions): SimulatedCri {
  const { clock, logger, podCidr, behaviour: defaults = {}, images = [] } = options;
  const addresses = createAddressPool(podCidr);
  const sandboxes = new Map<string, SimulatedSandbox>();
  const containers = new Map<string, SimulatedContainer>();
  const events = createEventBroadcast();
  const imageStore = createImageStore(images, clock, defaults);
  const streams = createStreamServer(clock);
  const logFailed = (err: unknown) => logger.error('Wrote no container log', { err });
  const openLog: OpenLog =
    options.logs === 'none' ? noLog : (path) => createLogFile(path, clock, logFailed);
  let count = 0;

  const names = createNames((name) =>
    createHash('sha256').update(`${podCidr} ${name} ${clock.now()} ${count++}`).digest('hex'),
  );

  const containersOf = (sandboxId: string) =>
    [...containers.values()].filter((container) => container.sandboxId === sandboxId);
  const sandboxOf = (id: string) => found(sandboxes.get(id), 'sandbox', id);
  const containerOf = (id: string) => found(containers.get(id), 'container', id);

  async function stopPodSandbox(id: string): Promise<void> {
    const sandbox = sandboxes.get(id);
    if (!sandbox) return;
    await Promise.all(containersOf(id).map((container) => container.stop(0)));
    sandbox.stop();
  }

  async function removeContainer(id: string): Promise<void> {
    const container = containers.get(id);
    if (!container) return;
    await container.stop(0);
    containers.delete(id);
    names.release(id);
    events.emit({ containerId: id, podSandboxId: container.sandboxId, type: 'DELETED' });
  }

  const runtime: Cri['runtime'] = {
    version: async () => ({
      version: '0.1.0',
      runtimeName: 'simulated',
      runtimeVersion: '1.0.0',
      runtimeApiVersion: 'v1',
    }),

    status: async () => ({
      conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({
        type,
        status: true,
        reason: '',
        message: '',
      })),
    }),

    async runPodSandbox(config) {
      const { name, namespace, uid, attempt } = config.metadata;
      const error = readSetting(config.annotations, 'sandbox-error', { defaults });
      if (error !== undefined) throw new CriError('Unknown', error);
      const id = names.reserve('sandbox', `${name}_${namespace}_${uid}_${attempt}`);
      try {
        const createdAt = clock.now() * nano;
        sandboxes.set(id, createSandbox(id, config, { createdAt, addresses }));
      } catch (err) {
        names.release(id);
        throw err;
      }
      const event: ContainerEvent = { containerId: id, podSandboxId: id, type: 'CREATED' };
      events.emit(event);
      events.emit({ ...event, type: 'STARTED' });
      return id;
    },

    stopPodSandbox: async (id) => {
      const wasReady = sandboxes.get(id)?.isReady();
      await stopPodSandbox(id);
      if (wasReady) events.emit({ containerId: id, podSandboxId: id, type: 'STOPPED' });
    },

    async removePodSandbox(id) {
      if (!sandboxes.has(id)) return;
      await stopPodSandbox(id);
      for (const container of containersOf(id)) await removeContainer(container.id);
      if (!sandboxes.delete(id)) return;
      names.release(id);
      events.emit({ containerId: id, podSandboxId: id, type: 'DELETED' });
    },

    podSandboxStatus: async (id) => sandboxOf(id).status(),

    listPodSandbox: async ({ id, labels } = {}) =>
      [...sandboxes.values()]
        .filter((sandbox) => !id || sandbox.id === id)
        .filter((sandbox) => hasLabels(sandbox.config.labels, labels))
        .map((sandbox) => sandbox.listed()),

    async createContainer(sandboxId, config) {
      const sandbox = sandboxOf(sandboxId);
      if (!sandbox.isReady())
        throw new CriError('NotFound', `sandbox "${sandboxId}" is not running`);
      const image = await imageStore.imageStatus(config.image);
      if (!image) throw notFound('image', config.image.image);
      const { name, attempt } = config.metadata;
      const behaviour = readBehaviour(sandbox.config.annotations, name, defaults);
      const id = names.reserve('container', `${name}_${sandboxId}_${attempt}`);
      const emit = (type: ContainerEvent['type']) =>
        events.emit({ containerId: id, podSandboxId: sandboxId, type });
      const container = createContainer({
        id,
        sandboxId,
        imageRef: image.id,
        config,
        sandboxConfig: sandbox.config,
        behaviour,
        clock,
        emit,
        openLog,
      });
      containers.set(id, container);
      emit('CREATED');
      return id;
    },

    startContainer: async (id) => containerOf(id).start(),
    stopContainer: async (id, graceSeconds) => containers.get(id)?.stop(graceSeconds * 1000),
    removeContainer,

    listContainers: async ({ id, podSandboxId, labels } = {}) =>
      [...containers.values()]
        .filter((container) => !id || container.id === id)
        .filter((container) => !podSandboxId || container.sandboxId === podSandboxId)
        .filter((container) => hasLabels(container.config.labels, labels))
        .map((container) => ({
          id: container.id,
          podSandboxId: container.sandboxId,
          metadata: container.config.metadata,
          image: container.config.image,
          imageRef: container.imageRef,
          state: container.state(),
          createdAt: container.createdAt,
          labels: container.config.labels,
          annotations: container.config.annotations,
        })),

    containerStatus: async (id) => containerOf(id).status(),
    updateContainerResources: async (id) => void containerOf(id),

    execSync: async (id, command, timeoutSeconds, signal) =>
      execSync(containerOf(id), command, { clock, timeoutSeconds, signal }),

    async exec(id, { command, ...wanted }) {
      const container = containerOf(id);
      requireRunning(container);
      return streams.offer('exec', execSession(container, command, wanted));
    },

    async attach(id, wanted) {
      const container = containerOf(id);
      requireRunning(container);
      return streams.offer('attach', attachSession(container, wanted));
    },

    async portForward(sandboxId, ports) {
      const sandbox = sandboxOf(sandboxId);
      const answers = () => containersOf(sandboxId).some((container) => container.answers());
      const hostname = sandbox.config.hostname ?? '';
      return streams.offer('portforward', portForwardSession(ports, { hostname, answers }));
    },

    reopenContainerLog: async (id) => requireRunning(containerOf(id)),

    listContainerStats: async ({ labels } = {}) =>
      [...containers.values()]
        .filter((container) => hasLabels(container.config.labels, labels))
        .flatMap((container) => container.stats() ?? []),

    containerEvents: (signal) => events.listen(signal),
  };

  return {
    runtime,
    images: imageStore,
    answers: (podIp) =>
      [...sandboxes.values()]
        .filter((sandbox) => sandbox.ip() === podIp)
        .some((sandbox) => containersOf(sandbox.id).some((container) => container.answers())),
    close() {
      for (const container of containers.values()) void container.stop(0);
      streams.close();
    },
  };
}

function requireRunning(container: SimulatedContainer): void {
  const state = container.state();
  if (state !== 'CONTAINER_RUNNING')
    throw new CriError('Unknown', `container is in ${state} state`);
}

const hasLabels = (labels: Labels, wanted: Labels = {}) =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

function found<T>(value: T | undefined, kind: string, id: string): T {
  if (value === undefined) throw notFound(kind, id);
  return value;
}

const notFound = (kind: string, id: string) =>
  new CriError('NotFound', `an error occurred when try to find ${kind} "${id}": not found`);
