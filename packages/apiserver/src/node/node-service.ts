import {
  badRequest,
  endpointSlices,
  nodes,
  notFound,
  parseJson,
  pathOf,
  pods,
  services,
} from '@berth/api';
import type { Draft, Event, Node, NodeStatus, PodStatus } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type {
  EventReport,
  Frame,
  HealthAck,
  HealthReport,
  PodStatusAck,
  PodStatusReport,
  RegisterRequest,
  RegisterResponse,
  RemovePodRequest,
  StreamRequest,
  TokenRequest,
  TokenResponse,
  UsageReport,
  WatchEvent,
} from '@berth/component-base/node-protocol';
import type { ApiServer } from '../api-server.ts';
import type { Lookup } from '../lookup.ts';
import type { UserInfo } from '../request.ts';
import { asAuthenticated } from '../users.ts';
import { createApiCalls } from './api-calls.ts';
import { nodeUser } from './identity.ts';
import { issueToken } from './issue-token.ts';
import { removePod, reportPodStatus } from './pod-reports.ts';
import { recordEvent } from './record-event.ts';
import { register } from './register.ts';
import { reportHealth } from './report-health.ts';
import type { StreamBroker } from './stream-broker.ts';
import { usageOf } from './usage-report.ts';
import { watchLevel } from './watch-level.ts';
import { watchReferred } from './watch-referred.ts';

/** What one node may ask of the control plane, whatever carries its calls. Everything throws `StatusError`. */
export interface NodeSession {
  register(request: RegisterRequest): Promise<RegisterResponse>;
  reportHealth(report: HealthReport): Promise<HealthAck>;
  watch(resource: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  reportPodStatus(report: PodStatusReport): Promise<PodStatusAck>;
  removePod(request: RemovePodRequest): Promise<void>;
  reportUsage(report: UsageReport): Promise<void>;
  issueToken(request: TokenRequest): Promise<TokenResponse>;
  recordEvent(report: EventReport): Promise<void>;
  awaitStreams(signal: AbortSignal): AsyncIterable<StreamRequest>;
  stream(frames: AsyncIterable<Frame>): AsyncIterable<Frame>;
}

export interface NodeServiceOptions {
  readonly apiServer: Pick<ApiServer, 'inProcessTransport' | 'registry' | 'podsByNode' | 'usage'>;
  readonly streams: StreamBroker;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Turns what a node says into requests that the API judges as that node's. */
export function nodeSession(nodeName: string, options: NodeServiceOptions): NodeSession {
  const { apiServer, streams, clock } = options;
  const callsAs = (user: UserInfo) => createApiCalls(apiServer.inProcessTransport(user));
  const calls = callsAs(nodeUser(nodeName));
  const { podsByNode } = apiServer;
  const lookup: Lookup = (type, ref) => apiServer.registry.reads.getFresh(type, ref);

  return {
    async register({ nodeJson }) {
      return { nodeJson: jsonOf(await register(calls, readJson<Draft<Node>>(nodeJson))) };
    },

    async reportHealth({ statusJson, leaseDurationSeconds }) {
      const status = statusJson.length > 0 ? readJson<NodeStatus>(statusJson) : undefined;
      const health = { nodeName, status, leaseDurationSeconds };
      return { registered: await reportHealth(calls, health, clock.now()) };
    },

    watch(resource, signal) {
      switch (resource) {
        case 'configmaps':
        case 'secrets':
          return watchReferred(resource, nodeName, { ...options, calls, podsByNode }, signal);
        case 'pods':
          return watchLevel(calls, podsPath(nodeName), signal);
        case 'services':
        case 'endpointslices':
        case 'nodes':
          return watchLevel(callsAs(proxyUser), pathOf(clusterWide[resource]), signal);
        default:
          throw badRequest(`nodes do not watch ${JSON.stringify(resource)}`);
      }
    },

    async reportPodStatus({ namespace, name, uid, statusJson }) {
      const status = readJson<PodStatus>(statusJson);
      const found = await reportPodStatus(calls, lookup, { namespace, name }, uid, status);
      return { found };
    },

    removePod: ({ namespace, name, uid }) => removePod(calls, { namespace, name }, uid),

    async reportUsage(report) {
      apiServer.usage.put(nodeName, usageOf(report, podsByNode.podsOn(nodeName)));
    },

    issueToken: (request) => issueToken(calls, request),
    recordEvent: ({ eventJson }) => recordEvent(calls, readJson<Draft<Event>>(eventJson)),

    awaitStreams: (signal) => streams.wanted(nodeName, signal),

    async *stream(frames) {
      const iterator = frames[Symbol.asyncIterator]();
      const first = await iterator.next();
      const id = first.done ? '' : (first.value.streamId ?? '');
      const carried = streams.carry(nodeName, id, { [Symbol.asyncIterator]: () => iterator });
      if (!carried) throw notFound({ group: '', resource: 'streams' }, id);
      yield* carried;
    },
  };
}

const clusterWide = { services, endpointslices: endpointSlices, nodes } as const;

/** A node's agent is its service proxy, too, and that one may know all Services, EndpointSlices and Nodes. */
const proxyUser = asAuthenticated({ name: 'system:kube-proxy', groups: [] });

const podsPath = (nodeName: string) =>
  `${pathOf(pods)}?${new URLSearchParams({ fieldSelector: `spec.nodeName=${nodeName}` }).toString()}`;

/** Within the bounds of every body that the API reads. */
const readJson = <T>(bytes: Uint8Array): T => parseJson(bytes).value as T;

const jsonOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));
