import { CriError } from '@berth/cri';
import type {
  Container,
  ContainerStatus,
  PodSandbox,
  PodSandboxStatus,
  RuntimeService,
} from '@berth/cri';

import { containerNameLabel, podUidLabel, readAnnotations } from './cri-labels.ts';
import type { PodFiles } from './pod-files.ts';
import { byAge } from './pod-runtime.ts';
import type {
  ContainerInfo,
  ContainerPhase,
  PodRuntimeStatus,
  SandboxInfo,
} from './pod-runtime.ts';

export interface PodIdentity {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}

/** What was made for a pod while nothing of it was taken away. */
export interface Made {
  /** The sandbox, unless there was one. */
  readonly sandbox?: PodSandboxStatus;
  readonly containers: readonly MadeContainer[];
}

export interface MadeContainer {
  readonly id: string;
  readonly sandboxId: string;
  /** As it was while it was being started, where that was asked for; it has not been looked at since. */
  readonly status?: ContainerStatus;
  /** When the start was done, in ms since 1970. */
  readonly startedAt: number;
}

/** Reads what the runtime holds of one pod. What cannot change any more is asked for once. */
export interface RuntimeReader {
  read(pod: PodIdentity, signal?: AbortSignal): Promise<PodRuntimeStatus>;
  /** What a pod has after something was made for it: only that is asked for. */
  readMade(before: PodRuntimeStatus, made: Made, signal?: AbortSignal): Promise<PodRuntimeStatus>;
}

const phases: Readonly<Record<Container['state'], ContainerPhase>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
};

interface Known<T> {
  readonly state: string;
  readonly info: T;
}

type Cache<T> = Map<string, Known<T>>;

export function createRuntimeReader(
  runtime: RuntimeService,
  files: Pick<PodFiles, 'terminationMessage' | 'logTail'>,
): RuntimeReader {
  /** By pod uid, so that what is gone from the runtime is gone from here. */
  const sandboxes = new Map<string, Cache<SandboxInfo>>();
  const containers = new Map<string, Cache<ContainerInfo>>();

  const sandbox = async (found: PodSandbox, signal?: AbortSignal): Promise<SandboxInfo> =>
    sandboxInfo(found, await runtime.podSandboxStatus(found.id, signal));

  const containerInfo = async (
    status: ContainerStatus,
    sandboxId: string,
  ): Promise<ContainerInfo> => {
    const { hash, restartCount, resources } = readAnnotations(status.annotations);
    return {
      id: status.id,
      name: status.labels[containerNameLabel] ?? status.metadata.name,
      sandboxId,
      state: phases[status.state],
      attempt: status.metadata.attempt,
      restartCount,
      hash,
      ...(resources && { resources }),
      createdAt: toMs(status.createdAt),
      startedAt: toMs(status.startedAt),
      finishedAt: toMs(status.finishedAt),
      exitCode: status.exitCode,
      reason: status.reason,
      message: await lastWord(status, files),
      image: status.image.image,
      imageId: status.imageRef,
      logPath: status.logPath,
    };
  };
  const container = async (found: Container, signal?: AbortSignal): Promise<ContainerInfo> => {
    const status = await runtime.containerStatus(found.id, signal);
    const info = await containerInfo(status, found.podSandboxId);
    return { ...info, image: info.image || found.image.image };
  };

  return {
    async read({ uid, name, namespace }, signal) {
      const labels = { [podUidLabel]: uid };
      const [foundSandboxes, foundContainers] = await Promise.all([
        runtime.listPodSandbox({ labels }, signal),
        runtime.listContainers({ labels }, signal),
      ]);
      const [sandboxInfos, containerInfos] = await Promise.all([
        refresh(sandboxes, uid, foundSandboxes, (found) => sandbox(found, signal)),
        refresh(containers, uid, foundContainers, (found) => container(found, signal)),
      ]);
      return {
        uid,
        name,
        namespace,
        sandboxes: sandboxInfos.sort(byAge),
        containers: containerInfos.sort(byAge),
      };
    },
    async readMade(before, made, signal) {
      const { uid } = before;
      const fresh = await Promise.all(
        made.containers.map(async ({ id, sandboxId, status: early, startedAt }) => {
          const status = early
            ? running(early, startedAt)
            : await runtime.containerStatus(id, signal);
          const info = await containerInfo(status, sandboxId);
          remember(containers, uid, id, { state: status.state, info });
          return info;
        }),
      );
      const own = made.sandbox ? [sandboxInfo(made.sandbox, made.sandbox)] : [];
      for (const info of own) {
        remember(sandboxes, uid, info.id, { state: made.sandbox?.state ?? '', info });
      }
      return {
        ...before,
        sandboxes: [...own, ...before.sandboxes].sort(byAge),
        containers: [...fresh, ...before.containers].sort(byAge),
      };
    },
  };
}

/** What the runtime says of a container when it has started it, without being asked again. */
const running = (status: ContainerStatus, startedAt: number): ContainerStatus => ({
  ...status,
  state: 'CONTAINER_RUNNING',
  startedAt: startedAt * 1e6,
});

/** The addresses of a sandbox in its own network. */
export const sandboxIps = ({ network }: PodSandboxStatus): readonly string[] =>
  (network ? [network.ip, ...network.additionalIps.map(({ ip }) => ip)] : []).filter(Boolean);

const sandboxInfo = (found: PodSandbox, status: PodSandboxStatus): SandboxInfo => ({
  id: found.id,
  attempt: found.metadata.attempt,
  ready: found.state === 'SANDBOX_READY',
  createdAt: toMs(found.createdAt),
  ips: sandboxIps(status),
});

function remember<T>(caches: Map<string, Cache<T>>, uid: string, id: string, known: Known<T>) {
  const cache = caches.get(uid) ?? new Map<string, Known<T>>();
  caches.set(uid, cache.set(id, known));
}

const toMs = (nanoseconds: number) => Math.floor(nanoseconds / 1e6);

/** Details of what is listed; asked for again only when the state is another one. What vanishes meanwhile is left out. */
async function refresh<F extends { readonly id: string; readonly state: string }, T>(
  caches: Map<string, Cache<T>>,
  uid: string,
  found: readonly F[],
  load: (item: F) => Promise<T>,
): Promise<T[]> {
  const old = caches.get(uid);
  const fresh: Cache<T> = new Map();
  await Promise.all(
    found.map(async (item) => {
      const { id, state } = item;
      const known = old?.get(id);
      const info = known?.state === state ? known.info : await unlessGone(load(item));
      if (info !== undefined) fresh.set(id, { state, info });
    }),
  );
  if (fresh.size > 0) caches.set(uid, fresh);
  else caches.delete(uid);
  return found.flatMap(({ id }) => fresh.get(id)?.info ?? []);
}

async function unlessGone<T>(loading: Promise<T>): Promise<T | undefined> {
  try {
    return await loading;
  } catch (err) {
    if (err instanceof CriError && err.reason === 'NotFound') return undefined;
    throw err;
  }
}

/** What a container left as its message, or the end of its log where it wants that. */
async function lastWord(
  status: ContainerStatus,
  files: Pick<PodFiles, 'terminationMessage' | 'logTail'>,
): Promise<string> {
  if (status.state !== 'CONTAINER_EXITED') return '';
  const { messagePath, fallsBackToLogs } = readAnnotations(status.annotations);
  const mount = status.mounts.find(({ containerPath }) => containerPath === messagePath);
  const message = messagePath && mount ? await files.terminationMessage(mount.hostPath) : '';
  if (message !== '') return message;
  const tail = fallsBackToLogs && status.exitCode !== 0 ? await files.logTail(status.logPath) : '';
  return tail || status.message;
}
