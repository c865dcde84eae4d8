import type {
  ConfigMap,
  Draft,
  EndpointSlice,
  KubeObject,
  Node,
  NodeStatus,
  ObjectRef,
  Pod,
  PodStatus,
  Secret,
  Service,
} from '@berth/api';
import type { EventRecorder } from '@berth/client';

/**
 * A local copy of what this node may see of one resource. It survives cuts of the connection: while cut it shows
 * the last known state, afterwards it catches up, and handlers hear of the difference only.
 */
export interface Level<T extends KubeObject> {
  /** False until the first full state has come. */
  hasSynced(): boolean;
  /** By `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined;
  list(): readonly T[];
  /** Called with the key of an object that came, changed or went. Returns a function that removes the handler. */
  onChange(fn: (key: string) => void): () => void;
}

export interface ContainerUsage {
  readonly name: string;
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
}

export interface Usage {
  readonly timestampMs: number;
  readonly windowMs: number;
  readonly node: { readonly cpuNanocores: number; readonly memoryBytes: number };
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly containers: readonly ContainerUsage[];
  }[];
}

export interface TokenOptions {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly pod: { readonly name: string; readonly uid: string };
}

/**
 * The control plane as a node sees it: levels down, reports up. Every report can be repeated without harm; a report
 * rejects when it was not acknowledged, and the caller sends the newest state again. Implemented over the gRPC node
 * channel, and in memory for tests.
 */
export interface ControlPlane {
  /** Pods bound to this node. */
  readonly pods: Level<Pod>;
  readonly services: Level<Service>;
  readonly endpointSlices: Level<EndpointSlice>;
  /** Those that pods of this node refer to. */
  readonly configMaps: Level<ConfigMap>;
  readonly secrets: Level<Secret>;
  /** All nodes, for the routes between them. */
  readonly nodes: Level<Node>;
  register(node: Draft<Node>): Promise<Node>;
  /** Renews the lease; `status` is sent when it changed. Resolves to false when the Node object is gone. */
  reportHealth(status: NodeStatus | undefined, leaseDurationSeconds: number): Promise<boolean>;
  /** Resolves to false when the pod is gone or another pod has its name. */
  reportPodStatus(ref: ObjectRef, uid: string, status: PodStatus): Promise<boolean>;
  /** The pod has stopped and nothing of it is left on this node. */
  removePod(ref: ObjectRef, uid: string): Promise<void>;
  reportUsage(usage: Usage): Promise<void>;
  issueToken(
    serviceAccount: ObjectRef,
    options: TokenOptions,
  ): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  readonly recorder: EventRecorder;
  /** Keeps the connection and the levels alive until `signal` aborts. `streams` answers what the control plane opens. */
  run(streams: StreamHandlers, signal: AbortSignal): Promise<void>;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Only lines written at or after this moment. */
  readonly sinceMs?: number;
}

export interface StreamTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
}

/** The two directions of one exec, attach or port-forward. */
export interface StreamIo {
  /** What the client types; ends when the client closes stdin. */
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly resize: AsyncIterable<{ readonly width: number; readonly height: number }>;
  stdout(data: Uint8Array): Promise<void>;
  stderr(data: Uint8Array): Promise<void>;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** What the agent does when the control plane opens a byte stream. Each throws `StatusError` with upstream's words. */
export interface StreamHandlers {
  logs(target: StreamTarget, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Resolves to the exit code. */
  exec(
    target: StreamTarget,
    options: ExecOptions,
    io: StreamIo,
    signal: AbortSignal,
  ): Promise<{ readonly exitCode: number }>;
  attach(
    target: StreamTarget,
    options: Omit<ExecOptions, 'command'>,
    io: StreamIo,
    signal: AbortSignal,
  ): Promise<void>;
  portForward(target: StreamTarget, port: number, io: StreamIo, signal: AbortSignal): Promise<void>;
}
