import { fileURLToPath } from 'node:url';
import type { CallOptions, ServiceDefinition } from './grpc.ts';

/**
 * What node agents and the control plane say to each other: `proto/berth/node/v1/node.proto` as both ends see it.
 * Every field is there in a message that was received; one that is sent may leave fields at their zero value out.
 */

export interface JoinRequest {
  readonly token: string;
  readonly nodeName: string;
  readonly certificateRequest: Uint8Array;
}
export interface JoinResponse {
  readonly certificatePem: string;
  readonly caPem: string;
}

export interface RegisterRequest {
  readonly nodeJson: Uint8Array;
}
export type RegisterResponse = RegisterRequest;

export interface HealthReport {
  readonly statusJson: Uint8Array;
  readonly leaseDurationSeconds: number;
}
export interface HealthAck {
  readonly registered: boolean;
}

export interface WatchRequest {
  readonly resource: string;
}
export interface WatchEvent {
  readonly type: 'UNKNOWN' | 'PUT' | 'DELETE' | 'SYNCED';
  readonly objectJson: Uint8Array;
}

export interface PodStatusReport {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly statusJson: Uint8Array;
}
export interface PodStatusAck {
  readonly found: boolean;
}

export interface RemovePodRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface ResourceUsage {
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
}
export interface UsageReport {
  readonly timestampMs: number;
  readonly windowMs: number;
  readonly node?: ResourceUsage;
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly containers: readonly { readonly name: string; readonly usage?: ResourceUsage }[];
  }[];
}

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly podName: string;
  readonly podUid: string;
}
export interface TokenResponse {
  readonly token: string;
  readonly expirationTimestampMs: number;
}

export interface EventReport {
  readonly eventJson: Uint8Array;
}

/** Numbers below zero were not asked for. */
export interface LogsRequest {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number;
  readonly limitBytes: number;
  readonly sinceMs: number;
}
export interface AttachRequest {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}
export interface ExecRequest extends AttachRequest {
  readonly command: readonly string[];
}

/** A byte stream that the control plane wants; one of the last four is there. */
export interface StreamRequest {
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly logs?: LogsRequest;
  readonly exec?: ExecRequest;
  readonly attach?: AttachRequest;
  readonly portForward?: { readonly port: number };
}

export interface Frame {
  /** Names the stream in its first frame, empty in all others. */
  readonly streamId?: string;
  readonly channel: 'STDIN' | 'STDOUT' | 'STDERR' | 'STATUS' | 'RESIZE';
  readonly data: Uint8Array;
  readonly end: boolean;
}

export interface ReachRequest {
  readonly nodeName: string;
}
export interface ReachResponse {
  readonly connected: boolean;
}

/** One of the two is there. */
export interface PeerFrame {
  readonly wanted?: { readonly nodeName: string; readonly request: StreamRequest };
  readonly frame?: Frame;
}

/** How calls travel: a gRPC client, or a service in the same process. */
export interface NodeCalls {
  unary<Response>(method: string, request: object, options?: CallOptions): Promise<Response>;
  serverStream<Response>(
    method: string,
    request: object,
    options?: CallOptions,
  ): AsyncIterable<Response>;
  bidi<Response>(
    method: string,
    requests: AsyncIterable<object>,
    options?: CallOptions,
  ): AsyncIterable<Response>;
  close(): void;
}

/** Both ends look for a dead peer this often. */
const keepaliveMs = 10_000;

/** What both ends set on their connections. */
export const keepaliveOptions = {
  'grpc.keepalive_time_ms': keepaliveMs,
  'grpc.keepalive_timeout_ms': keepaliveMs / 2,
  'grpc.keepalive_permit_without_calls': 1,
} as const;

/**
 * The name that every server of a cluster has in its certificate. Nodes look for it whatever the address they dial,
 * which may be one that nobody thought of when the certificate was made.
 */
export const serverName = 'kubernetes';

const file = new URL('../../../proto/berth/node/v1/node.proto', import.meta.url);
const loaded = new Map<string, Promise<ServiceDefinition>>();

/** The methods of the service for nodes; read when first needed. */
export const nodeService = (): Promise<ServiceDefinition> => service('Node');

/** The methods by which API servers reach the nodes of each other. */
export const peerService = (): Promise<ServiceDefinition> => service('Peer');

function service(name: string): Promise<ServiceDefinition> {
  const known = loaded.get(name) ?? load(name);
  loaded.set(name, known);
  return known;
}

async function load(name: string): Promise<ServiceDefinition> {
  // gRPC costs megabytes that a process of simulated nodes never needs.
  const { loadProto, serviceDefinition } = await import('./grpc.ts');
  return serviceDefinition(await loadProto(fileURLToPath(file)), `berth.node.v1.${name}`);
}
