/**
 * The parts of CRI v1 that a node agent uses, with the messages' own names in camel case. 64-bit integers are
 * numbers: times lose less than a microsecond, nothing else comes near 2^53. Unset messages are absent; lists and
 * maps are always there when they come from a runtime.
 */

export type PodSandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
export type ContainerState =
  'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN';
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';
export type Labels = Readonly<Record<string, string>>;

export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export interface NamespaceOptions {
  readonly network?: NamespaceMode;
  readonly pid?: NamespaceMode;
  readonly ipc?: NamespaceMode;
  readonly targetId?: string;
}

export interface SecurityProfile {
  readonly profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname?: string;
  readonly logDirectory: string;
  readonly dnsConfig?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings?: readonly {
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly containerPort: number;
    readonly hostPort: number;
    readonly hostIp?: string;
  }[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly linux?: {
    readonly cgroupParent?: string;
    readonly sysctls?: Labels;
    readonly resources?: LinuxContainerResources;
    readonly overhead?: LinuxContainerResources;
    readonly securityContext?: {
      readonly namespaceOptions?: NamespaceOptions;
      readonly runAsUser?: { readonly value: number };
      readonly runAsGroup?: { readonly value: number };
      readonly readonlyRootfs?: boolean;
      readonly supplementalGroups?: readonly number[];
      readonly privileged?: boolean;
      readonly seccomp?: SecurityProfile;
    };
  };
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: PodSandboxState;
  /** Nanoseconds since the epoch. */
  readonly createdAt: number;
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface PodSandboxStatus extends PodSandbox {
  readonly network?: {
    readonly ip: string;
    readonly additionalIps: readonly { readonly ip: string }[];
  };
}

export interface LinuxContainerResources {
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  readonly memoryLimitInBytes?: number;
  readonly oomScoreAdj?: number;
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: number }[];
  readonly unified?: Labels;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly?: boolean;
  readonly propagation?:
    'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL';
}

export interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

export interface ImageSpec {
  readonly image: string;
  readonly annotations?: Labels;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  readonly image: ImageSpec;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly envs?: readonly { readonly key: string; readonly value: string }[];
  readonly mounts?: readonly Mount[];
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Below the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
  readonly tty?: boolean;
  readonly linux?: {
    readonly resources?: LinuxContainerResources;
    readonly securityContext?: {
      readonly capabilities?: {
        readonly addCapabilities?: readonly string[];
        readonly dropCapabilities?: readonly string[];
      };
      readonly privileged?: boolean;
      readonly namespaceOptions?: NamespaceOptions;
      readonly runAsUser?: { readonly value: number };
      readonly runAsGroup?: { readonly value: number };
      readonly runAsUsername?: string;
      readonly readonlyRootfs?: boolean;
      readonly supplementalGroups?: readonly number[];
      readonly noNewPrivs?: boolean;
      readonly maskedPaths?: readonly string[];
      readonly readonlyPaths?: readonly string[];
      readonly seccomp?: SecurityProfile;
    };
  };
}

export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly image: ImageSpec;
  readonly imageRef: string;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface ContainerStatus {
  readonly id: string;
  readonly metadata: ContainerMetadata;
  readonly state: ContainerState;
  /** Nanoseconds since the epoch; 0 when it has not happened. */
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly image: ImageSpec;
  readonly imageRef: string;
  /** `Completed`, `Error`, `OOMKilled`, … */
  readonly reason: string;
  readonly message: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly mounts: readonly Mount[];
  /** Absolute. */
  readonly logPath: string;
}

export interface ContainerStats {
  readonly attributes: {
    readonly id: string;
    readonly metadata: ContainerMetadata;
    readonly labels: Labels;
    readonly annotations: Labels;
  };
  /** Nanoseconds since the epoch, and CPU time used since the container started. */
  readonly cpu?: { readonly timestamp: number; readonly usageCoreNanoSeconds: number };
  readonly memory?: { readonly timestamp: number; readonly workingSetBytes: number };
  readonly writableLayer?: { readonly usedBytes: number; readonly inodesUsed: number };
}

export interface ContainerEvent {
  readonly containerId: string;
  readonly podSandboxId: string;
  readonly type: 'CREATED' | 'STARTED' | 'STOPPED' | 'DELETED';
}

export interface Image {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly size: number;
  readonly uid?: { readonly value: number };
  readonly username: string;
}

export interface RuntimeVersion {
  readonly version: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

/** Why a call failed, in the few words the agent tells apart. */
export type CriErrorReason =
  'NotFound' | 'AlreadyExists' | 'Unavailable' | 'DeadlineExceeded' | 'InvalidArgument' | 'Unknown';

export class CriError extends Error {
  readonly reason: CriErrorReason;

  constructor(reason: CriErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CriError';
    this.reason = reason;
  }
}

/** Every call rejects with `CriError`; `signal` cancels it. */
export interface RuntimeService {
  version(signal?: AbortSignal): Promise<RuntimeVersion>;
  status(signal?: AbortSignal): Promise<{ readonly conditions: readonly RuntimeCondition[] }>;
  /** Resolves to the sandbox id. */
  runPodSandbox(
    config: PodSandboxConfig,
    runtimeHandler: string,
    signal?: AbortSignal,
  ): Promise<string>;
  /** Idempotent: also succeeds when the sandbox is stopped or gone. */
  stopPodSandbox(id: string, signal?: AbortSignal): Promise<void>;
  /** Idempotent; kills what still runs in it. */
  removePodSandbox(id: string, signal?: AbortSignal): Promise<void>;
  podSandboxStatus(id: string, signal?: AbortSignal): Promise<PodSandboxStatus>;
  listPodSandbox(
    filter?: { readonly id?: string; readonly labels?: Labels },
    signal?: AbortSignal,
  ): Promise<readonly PodSandbox[]>;
  /** Resolves to the container id. */
  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandboxConfig: PodSandboxConfig,
    signal?: AbortSignal,
  ): Promise<string>;
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after the grace; idempotent. */
  stopContainer(id: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  /** Idempotent. */
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;
  listContainers(
    filter?: { readonly id?: string; readonly podSandboxId?: string; readonly labels?: Labels },
    signal?: AbortSignal,
  ): Promise<readonly Container[]>;
  containerStatus(id: string, signal?: AbortSignal): Promise<ContainerStatus>;
  updateContainerResources(
    id: string,
    resources: LinuxContainerResources,
    signal?: AbortSignal,
  ): Promise<void>;
  execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
    signal?: AbortSignal,
  ): Promise<{
    readonly stdout: Uint8Array;
    readonly stderr: Uint8Array;
    readonly exitCode: number;
  }>;
  /** Each resolves to the URL of the runtime's streaming server. */
  exec(
    id: string,
    options: {
      readonly command: readonly string[];
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    },
    signal?: AbortSignal,
  ): Promise<string>;
  attach(
    id: string,
    options: {
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    },
    signal?: AbortSignal,
  ): Promise<string>;
  portForward(sandboxId: string, ports: readonly number[], signal?: AbortSignal): Promise<string>;
  /** Asks the runtime to open the container's log file anew, after it was rotated. */
  reopenContainerLog(id: string, signal?: AbortSignal): Promise<void>;
  listContainerStats(
    filter?: { readonly labels?: Labels },
    signal?: AbortSignal,
  ): Promise<readonly ContainerStats[]>;
  /** Container life-cycle events; undefined when the runtime does not offer them (the agent then polls). */
  containerEvents?(signal: AbortSignal): AsyncIterable<ContainerEvent>;
}

export interface ImageService {
  listImages(signal?: AbortSignal): Promise<readonly Image[]>;
  /** Undefined when the image is not there. */
  imageStatus(image: ImageSpec, signal?: AbortSignal): Promise<Image | undefined>;
  /** Resolves to the image's reference. */
  pullImage(
    image: ImageSpec,
    auth:
      | { readonly username?: string; readonly password?: string; readonly auth?: string }
      | undefined,
    sandboxConfig: PodSandboxConfig,
    signal?: AbortSignal,
  ): Promise<string>;
  removeImage(image: ImageSpec, signal?: AbortSignal): Promise<void>;
}

/** A connected runtime. */
export interface Cri {
  readonly runtime: RuntimeService;
  readonly images: ImageService;
  close(): void;
}
