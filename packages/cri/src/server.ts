import { createGrpcServer, serverStream, unary } from '@berth/component-base/grpc';
import type { GrpcServer, MethodHandler } from '@berth/component-base/grpc';
import type {
  ContainerConfig,
  Cri,
  ImageSpec,
  Labels,
  LinuxContainerResources,
  PodSandboxConfig,
} from './cri.ts';
import { toGrpcError } from './error.ts';
import { writeEvent, writeStats } from './messages.ts';
import { criProtocol } from './protocol.ts';

/** Serves a runtime of this process as a CRI v1 runtime; `unix:///path`. */
export async function serveCri(
  cri: Cri,
  endpoint: string,
  failed: (err: unknown) => void,
): Promise<GrpcServer> {
  const protocol = await criProtocol();
  const server = createGrpcServer({
    services: [
      { definition: protocol.runtime, handlers: runtimeHandlers(cri.runtime) },
      { definition: protocol.images, handlers: imageHandlers(cri.images) },
    ],
    onError: failed,
  });
  await server.listen(endpoint);
  return server;
}

/** Failures cross the wire under their codes. */
const answer = <Request>(
  handle: (request: Request, signal: AbortSignal) => Promise<object | void>,
): MethodHandler =>
  unary<Request, object>(async (request, { signal }) => {
    try {
      return (await handle(request, signal)) ?? {};
    } catch (err) {
      throw toGrpcError(err);
    }
  });

interface SandboxRequest {
  readonly podSandboxId: string;
}
interface ContainerRequest {
  readonly containerId: string;
}
interface Filter {
  readonly id: string;
  readonly podSandboxId: string;
  readonly labelSelector: Labels;
}
interface Filtered {
  readonly filter?: Filter;
}
interface Streams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

const readFilter = ({ filter }: Filtered) => ({
  ...(filter?.id && { id: filter.id }),
  ...(filter?.podSandboxId && { podSandboxId: filter.podSandboxId }),
  labels: filter?.labelSelector ?? {},
});

function runtimeHandlers(runtime: Cri['runtime']): Readonly<Record<string, MethodHandler>> {
  const events = runtime.containerEvents?.bind(runtime);
  return {
    Version: answer((_request, signal) => runtime.version(signal)),
    Status: answer(async (_request, signal) => ({ status: await runtime.status(signal) })),
    RunPodSandbox: answer(
      async (
        request: { readonly config: PodSandboxConfig; readonly runtimeHandler: string },
        signal,
      ) => ({
        podSandboxId: await runtime.runPodSandbox(request.config, request.runtimeHandler, signal),
      }),
    ),
    StopPodSandbox: answer((request: SandboxRequest, signal) =>
      runtime.stopPodSandbox(request.podSandboxId, signal),
    ),
    RemovePodSandbox: answer((request: SandboxRequest, signal) =>
      runtime.removePodSandbox(request.podSandboxId, signal),
    ),
    PodSandboxStatus: answer(async (request: SandboxRequest, signal) => ({
      status: await runtime.podSandboxStatus(request.podSandboxId, signal),
    })),
    ListPodSandbox: answer(async (request: Filtered, signal) => ({
      items: await runtime.listPodSandbox(readFilter(request), signal),
    })),
    CreateContainer: answer(
      async (
        request: SandboxRequest & {
          readonly config: ContainerConfig;
          readonly sandboxConfig: PodSandboxConfig;
        },
        signal,
      ) => ({
        containerId: await runtime.createContainer(
          request.podSandboxId,
          request.config,
          request.sandboxConfig,
          signal,
        ),
      }),
    ),
    StartContainer: answer((request: ContainerRequest, signal) =>
      runtime.startContainer(request.containerId, signal),
    ),
    StopContainer: answer((request: ContainerRequest & { readonly timeout: number }, signal) =>
      runtime.stopContainer(request.containerId, request.timeout, signal),
    ),
    RemoveContainer: answer((request: ContainerRequest, signal) =>
      runtime.removeContainer(request.containerId, signal),
    ),
    ListContainers: answer(async (request: Filtered, signal) => ({
      containers: await runtime.listContainers(readFilter(request), signal),
    })),
    ContainerStatus: answer(async (request: ContainerRequest, signal) => ({
      status: await runtime.containerStatus(request.containerId, signal),
    })),
    UpdateContainerResources: answer(
      (request: ContainerRequest & { readonly linux?: LinuxContainerResources }, signal) =>
        runtime.updateContainerResources(request.containerId, request.linux ?? {}, signal),
    ),
    ReopenContainerLog: answer((request: ContainerRequest, signal) =>
      runtime.reopenContainerLog(request.containerId, signal),
    ),
    ExecSync: answer(
      (
        request: ContainerRequest & { readonly cmd: readonly string[]; readonly timeout: number },
        signal,
      ) => runtime.execSync(request.containerId, request.cmd, request.timeout, signal),
    ),
    Exec: answer(
      async (
        request: ContainerRequest & Streams & { readonly cmd: readonly string[] },
        signal,
      ) => ({
        url: await runtime.exec(request.containerId, { ...request, command: request.cmd }, signal),
      }),
    ),
    Attach: answer(async (request: ContainerRequest & Streams, signal) => ({
      url: await runtime.attach(request.containerId, request, signal),
    })),
    PortForward: answer(
      async (request: SandboxRequest & { readonly port: readonly number[] }, signal) => ({
        url: await runtime.portForward(request.podSandboxId, request.port, signal),
      }),
    ),
    ListContainerStats: answer(async (request: Filtered, signal) => ({
      stats: (await runtime.listContainerStats(readFilter(request), signal)).map(writeStats),
    })),
    ...(events && {
      GetContainerEvents: serverStream(async function* (_request, { signal }) {
        for await (const event of events(signal)) yield writeEvent(event);
      }),
    }),
  };
}

function imageHandlers(images: Cri['images']): Readonly<Record<string, MethodHandler>> {
  type Request = { readonly image: ImageSpec };
  type PullRequest = Request & {
    readonly auth?: { readonly username?: string; readonly password?: string };
    readonly sandboxConfig?: PodSandboxConfig;
  };
  return {
    ListImages: answer(async (_request, signal) => ({ images: await images.listImages(signal) })),
    ImageStatus: answer(async ({ image }: Request, signal) => ({
      image: await images.imageStatus(image, signal),
    })),
    PullImage: answer(async ({ image, auth, sandboxConfig }: PullRequest, signal) => ({
      imageRef: await images.pullImage(image, auth, sandboxConfig ?? noSandbox, signal),
    })),
    RemoveImage: answer(({ image }: Request, signal) => images.removeImage(image, signal)),
  };
}

/** Who pulls an image by hand does it for no pod. */
const noSandbox: PodSandboxConfig = {
  metadata: { name: '', uid: '', namespace: '', attempt: 0 },
  logDirectory: '',
  labels: {},
  annotations: {},
};
