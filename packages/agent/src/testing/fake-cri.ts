import type { Clock } from '@berth/component-base';
import { CriError } from '@berth/cri';
import type {
  Container,
  ContainerConfig,
  ContainerStatus,
  Cri,
  Image,
  Labels,
  PodSandboxConfig,
  PodSandboxStatus,
  RuntimeCondition,
  RuntimeService,
} from '@berth/cri';

/** A runtime whose containers are data: they run until a test says that they exit, or until they are stopped. */
export interface FakeCri extends Cri {
  /** The names of all calls that change something, with what they were about, oldest first. */
  readonly calls: readonly string[];
  /** The names of all calls that only ask about pods, oldest first. */
  readonly questions: readonly string[];
  readonly containers: () => readonly ContainerStatus[];
  readonly sandboxes: () => readonly PodSandboxStatus[];
  /** The configuration that a container was created with. */
  config(name: string): ContainerConfig | undefined;
  sandboxConfig(): PodSandboxConfig | undefined;
  /** The newest container of that name ends. */
  exit(name: string, exitCode: number): void;
  /** The next call of that method does this first. */
  before(method: keyof RuntimeService | 'pullImage', fn: () => void | Promise<void>): void;
  /** Images that the node has. */
  readonly images_: Map<string, Image>;
  conditions: readonly RuntimeCondition[];
  /** What execSync answers. */
  exec: (command: readonly string[]) => number | Promise<number>;
  /** How long a container takes to stop; longer than its grace means that it is killed. */
  stopMs: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Held {
  readonly status: Mutable<ContainerStatus>;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
}

const nanos = (clock: Clock) => clock.now() * 1e6;

export function createFakeCri(clock: Clock): FakeCri {
  const calls: string[] = [];
  const questions: string[] = [];
  const hooks = new Map<string, (() => void | Promise<void>)[]>();
  const sandboxes = new Map<string, Mutable<PodSandboxStatus>>();
  const containers = new Map<string, Held>();
  const configs: PodSandboxConfig[] = [];
  const images = new Map<string, Image>([['busybox', imageOf('busybox')]]);
  let ids = 0;
  let ips = 0;

  const begin = async (method: string, about?: string) => {
    if (about !== undefined) calls.push(`${method} ${about}`);
    else questions.push(method);
    await hooks.get(method)?.shift()?.();
  };
  const matches = (labels: Labels, wanted: Labels = {}) =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value);
  const isOr = (wanted: string | undefined, id: string) => wanted === undefined || wanted === id;
  const container = (id: string) => {
    const held = containers.get(id);
    if (!held) throw new CriError('NotFound', `container ${id} not found`);
    return held;
  };
  const end = ({ status }: Held, exitCode: number) => {
    if (status.state !== 'CONTAINER_RUNNING') return;
    status.state = 'CONTAINER_EXITED';
    status.exitCode = exitCode;
    status.reason = exitCode === 0 ? 'Completed' : 'Error';
    status.finishedAt = nanos(clock);
  };

  const runtime: RuntimeService = {
    async version() {
      await begin('version');
      return {
        version: '0.1.0',
        runtimeName: 'fake',
        runtimeVersion: '1',
        runtimeApiVersion: 'v1',
      };
    },
    async status() {
      await begin('status');
      return { conditions: fake.conditions };
    },
    async runPodSandbox(config) {
      const { metadata, labels, annotations } = config;
      await begin('runPodSandbox', `${metadata.name}/${metadata.attempt}`);
      const taken = [...sandboxes.values()].some(
        (s) => s.metadata.uid === metadata.uid && s.metadata.attempt === metadata.attempt,
      );
      if (taken) throw new CriError('Unknown', `failed to reserve sandbox name ${metadata.name}`);
      const id = `sandbox-${++ids}`;
      configs.push(config);
      sandboxes.set(id, {
        id,
        metadata,
        labels,
        annotations,
        state: 'SANDBOX_READY',
        createdAt: nanos(clock) + ids,
        network: { ip: `10.0.0.${++ips}`, additionalIps: [] },
      });
      return id;
    },
    async stopPodSandbox(id) {
      await begin('stopPodSandbox', id);
      const sandbox = sandboxes.get(id);
      if (sandbox) sandbox.state = 'SANDBOX_NOTREADY';
      for (const held of containers.values()) if (held.sandboxId === id) end(held, 137);
    },
    async removePodSandbox(id) {
      await begin('removePodSandbox', id);
      sandboxes.delete(id);
      for (const [cid, held] of containers) if (held.sandboxId === id) containers.delete(cid);
    },
    async podSandboxStatus(id) {
      await begin('podSandboxStatus');
      const sandbox = sandboxes.get(id);
      if (!sandbox) throw new CriError('NotFound', `sandbox ${id} not found`);
      return { ...sandbox };
    },
    async listPodSandbox(filter) {
      await begin('listPodSandbox');
      return [...sandboxes.values()]
        .filter(({ id, labels }) => matches(labels, filter?.labels) && isOr(filter?.id, id))
        .map((sandbox) => ({ ...sandbox }));
    },
    async createContainer(sandboxId, config) {
      const { metadata, labels, annotations, image } = config;
      await begin('createContainer', `${metadata.name}/${metadata.attempt}`);
      const id = `container-${++ids}`;
      const logPath = `${configs.at(-1)?.logDirectory ?? ''}/${config.logPath}`;
      const status: ContainerStatus = {
        id,
        metadata,
        state: 'CONTAINER_CREATED',
        createdAt: nanos(clock) + ids,
        startedAt: 0,
        finishedAt: 0,
        exitCode: 0,
        image,
        imageRef: image.image,
        reason: '',
        message: '',
        labels,
        annotations,
        mounts: config.mounts ?? [],
        logPath,
      };
      containers.set(id, { sandboxId, config, status });
      return id;
    },
    async startContainer(id) {
      const { status } = container(id);
      await begin('startContainer', status.metadata.name);
      status.state = 'CONTAINER_RUNNING';
      status.startedAt = nanos(clock);
    },
    async stopContainer(id, graceSeconds, signal) {
      const held = containers.get(id);
      if (held?.status.state !== 'CONTAINER_RUNNING') return;
      await begin('stopContainer', `${held.status.metadata.name} ${graceSeconds}`);
      await within(clock, Math.min(fake.stopMs, graceSeconds * 1000), signal);
      end(held, fake.stopMs > graceSeconds * 1000 ? 137 : 0);
    },
    async removeContainer(id) {
      await begin('removeContainer', containers.get(id)?.status.metadata.name ?? id);
      containers.delete(id);
    },
    async listContainers(filter) {
      await begin('listContainers');
      return [...containers.values()]
        .filter(({ status }) => matches(status.labels, filter?.labels))
        .filter(({ sandboxId }) => isOr(filter?.podSandboxId, sandboxId))
        .map(({ status, sandboxId }): Container => ({ ...status, podSandboxId: sandboxId }));
    },
    async containerStatus(id) {
      await begin('containerStatus');
      return { ...container(id).status };
    },
    async updateContainerResources(id, { cpuShares, cpuQuota, memoryLimitInBytes }) {
      const { name } = container(id).status.metadata;
      const given = JSON.stringify({ cpuShares, cpuQuota, memoryLimitInBytes });
      await begin('updateContainerResources', `${name} ${given}`);
    },
    async execSync(id, command) {
      await begin('execSync', `${container(id).status.metadata.name} ${command.join(' ')}`);
      const none = new Uint8Array();
      return { exitCode: await fake.exec(command), stdout: none, stderr: none };
    },
    exec: async () => 'http://127.0.0.1/exec',
    attach: async () => 'http://127.0.0.1/attach',
    portForward: async () => 'http://127.0.0.1/portforward',
    async reopenContainerLog(id) {
      await begin('reopenContainerLog', id);
    },
    async listContainerStats() {
      return [...containers.values()]
        .filter(({ status }) => status.state === 'CONTAINER_RUNNING')
        .map(({ status }) => ({
          attributes: status,
          // Each uses a tenth of a core.
          cpu: {
            timestamp: nanos(clock),
            usageCoreNanoSeconds: (nanos(clock) - status.startedAt) / 10,
          },
          memory: { timestamp: nanos(clock), workingSetBytes: 1_000_000 },
        }));
    },
  };

  const fake: FakeCri = {
    runtime,
    images: {
      listImages: async () => [...images.values()],
      async imageStatus({ image }) {
        await begin('imageStatus');
        return images.get(image) ?? [...images.values()].find(({ id }) => id === image);
      },
      async pullImage({ image }) {
        await begin('pullImage', image);
        images.set(image, imageOf(image));
        return imageOf(image).id;
      },
      removeImage: async ({ image }) => void images.delete(image),
    },
    close: () => undefined,
    calls,
    questions,
    containers: () => [...containers.values()].map(({ status }) => status),
    sandboxes: () => [...sandboxes.values()],
    config: (name) =>
      [...containers.values()].findLast(({ status }) => status.metadata.name === name)?.config,
    sandboxConfig: () => configs.at(-1),
    exit(name, exitCode) {
      const held = [...containers.values()].findLast(
        ({ status }) => status.metadata.name === name && status.state === 'CONTAINER_RUNNING',
      );
      if (!held) throw new Error(`no container ${name} runs`);
      end(held, exitCode);
    },
    before: (method, fn) => void hooks.set(method, [...(hooks.get(method) ?? []), fn]),
    images_: images,
    conditions: [
      { type: 'RuntimeReady', status: true, reason: '', message: '' },
      { type: 'NetworkReady', status: true, reason: '', message: '' },
    ],
    exec: () => 0,
    stopMs: 0,
  };
  return fake;
}

const imageOf = (image: string): Image => ({
  id: `sha256:${image}`,
  repoTags: [image],
  repoDigests: [],
  size: 1000,
  username: '',
});

function within(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (ms === 0) return resolve();
    const cancel = clock.after(ms, resolve);
    signal?.addEventListener('abort', () => {
      cancel();
      reject(new CriError('Unknown', 'canceled'));
    });
  });
}
