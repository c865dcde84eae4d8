import { setMaxListeners } from 'node:events';
import type {
  ConfigMap,
  Draft,
  EndpointSlice,
  Event,
  Node,
  Pod,
  Secret,
  Service,
} from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type {
  HealthAck,
  NodeCalls,
  PodStatusAck,
  RegisterResponse,
  TokenResponse,
  WatchEvent,
} from '@berth/component-base/node-protocol';

import type { ControlPlane } from '../control-plane.ts';
import { createLevel } from './level.ts';
import type { Fillable } from './level.ts';
import { createRecorder } from './recorder.ts';
import { retrying } from './retrying.ts';
import { serveStreams } from './serve-streams.ts';

export interface ControlPlaneOverOptions {
  /** Called once, when the first call is made. */
  readonly connect: () => Promise<NodeCalls>;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** How long the control plane may take to answer a report. */
const answerMs = 10_000;

/** The control plane over whatever carries a node's calls. */
export function createControlPlaneOver(options: ControlPlaneOverOptions): ControlPlane {
  const { nodeName, clock, logger } = options;
  const ended = new AbortController();
  let connected: Promise<NodeCalls> | undefined;
  const calls = () => (connected ??= options.connect());
  const ask = async <Response>(method: string, request: object): Promise<Response> =>
    (await calls()).unary<Response>(method, request, { deadline: clock.now() + answerMs });

  const levels = {
    pods: createLevel<Pod>(),
    services: createLevel<Service>(),
    endpointslices: createLevel<EndpointSlice>(),
    configmaps: createLevel<ConfigMap>(),
    secrets: createLevel<Secret>(),
    nodes: createLevel<Node>(),
  };
  const follow = (resource: string, level: Fillable, signal: AbortSignal) =>
    retrying(
      { ...options, logger: logger.with({ resource }) },
      async (wentWell) => {
        const take = level.begin();
        const events = (await calls()).serverStream<WatchEvent>('Watch', { resource }, { signal });
        for await (const event of events) {
          take(event);
          if (event.type === 'SYNCED') wentWell();
        }
      },
      signal,
    );

  return {
    pods: levels.pods,
    services: levels.services,
    endpointSlices: levels.endpointslices,
    configMaps: levels.configmaps,
    secrets: levels.secrets,
    nodes: levels.nodes,

    async register(node) {
      const request = { nodeJson: jsonOf(node) };
      const { nodeJson } = await ask<RegisterResponse>('Register', request);
      return JSON.parse(new TextDecoder().decode(nodeJson)) as Node;
    },
    async reportHealth(status, leaseDurationSeconds) {
      const report = { leaseDurationSeconds, ...(status && { statusJson: jsonOf(status) }) };
      return (await ask<HealthAck>('ReportHealth', report)).registered;
    },
    async reportPodStatus({ namespace, name }, uid, status) {
      const report = { namespace, name, uid, statusJson: jsonOf(status) };
      return (await ask<PodStatusAck>('ReportPodStatus', report)).found;
    },
    async removePod({ namespace, name }, uid) {
      await ask('RemovePod', { namespace, name, uid });
    },
    async reportUsage({ pods, ...usage }) {
      const reported = pods.map(({ containers, ...pod }) => ({
        ...pod,
        containers: containers.map(({ name, ...used }) => ({ name, usage: used })),
      }));
      await ask('ReportUsage', { ...usage, pods: reported });
    },
    async issueToken({ namespace, name }, { audiences, expirationSeconds, pod }) {
      const { token, expirationTimestampMs } = await ask<TokenResponse>('IssueToken', {
        namespace,
        serviceAccount: name,
        audiences,
        expirationSeconds,
        podName: pod.name,
        podUid: pod.uid,
      });
      return { token, expiresAtMs: expirationTimestampMs };
    },
    recorder: createRecorder({
      nodeName,
      clock,
      logger,
      signal: ended.signal,
      send: async (event: Draft<Event>) => {
        await ask('RecordEvent', { eventJson: jsonOf(event) });
      },
    }),

    async run(streams, outer) {
      const signal = AbortSignal.any([outer]);
      // Every level and every stream listens.
      setMaxListeners(0, signal);
      await Promise.all([
        ...Object.entries(levels).map(([resource, level]) => follow(resource, level, signal)),
        retrying(
          options,
          async (wentWell) => serveStreams(await calls(), streams, { logger, wentWell }, signal),
          signal,
        ),
      ]);
      ended.abort();
      (await connected)?.close();
    },
  };
}

const jsonOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));
