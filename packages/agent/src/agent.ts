import type { Node } from '@berth/api';
import { serviceUnavailable } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Cri, RuntimeVersion } from '@berth/cri';

import { createPodContext } from './agent-context.ts';
import type { ControlPlane, StreamHandlers } from './control-plane.ts';
import type { DnsConfig } from './dns.ts';
import { runLogRotation } from './log-rotation.ts';
import { createLogs } from './logs.ts';
import type { Machine } from './machine.ts';
import type { NodeNetwork } from './node-network.ts';
import type { NodePaths } from './node-paths.ts';
import { createNodePods } from './node-pods.ts';
import type { NodePods } from './node-pods.ts';
import type { NodeIdentity } from './node-status.ts';
import { createNodeReporter } from './node.ts';
import { allSynced } from './objects.ts';
import { createProbeRunner } from './probes/probe-runner.ts';
import type { ProbeRunner } from './probes/probe-runner.ts';
import { createRuntimeHealth } from './runtime-health.ts';
import { readMachineUse, runStats } from './stats.ts';
import type { NodeUse } from './stats.ts';
import { createStreamLookup } from './stream-lookup.ts';
import type { StreamLookup } from './stream-lookup.ts';

export interface AgentOptions {
  readonly controlPlane: ControlPlane;
  readonly cri: Cri;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly nodeIps: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: NonNullable<Node['spec']['taints']>;
  readonly maxPods?: number;
  /** Kept back from pods, by resource. */
  readonly reserved?: Readonly<Record<string, string>>;
  /** What `kubectl get nodes` shows: `v1.36.0+berth.1`. */
  readonly version: string;
  readonly machine: Machine;
  readonly paths: NodePaths;
  /** A simulated node keeps nothing on disk. */
  readonly virtual?: boolean;
  /** The runtime of a simulated node writes logs, which are to be removed with their pods. */
  readonly virtualLogs?: boolean;
  readonly clusterDns?: readonly string[];
  readonly clusterDomain?: string;
  /** The node's own resolver configuration. */
  readonly hostDns?: DnsConfig;
  readonly seccompDefault?: boolean;
  /** The cgroup that pods are made in; the runtime's default when absent. It is not removed with the last pod. */
  readonly cgroupRoot?: string;
  readonly logMaxBytes?: number;
  readonly logMaxFiles?: number;
  readonly statsIntervalMs?: number;
  /** Between two signs of life; ten seconds when absent. */
  readonly heartbeatMs?: number;
  readonly readNodeUse?: () => Promise<NodeUse>;
  /** How probes are run; the default goes over the node's network and through the runtime. */
  readonly probe?: ProbeRunner;
  readonly network?: NodeNetwork;
  /** exec, attach and port-forward. */
  readonly streams?: (lookup: StreamLookup) => Omit<StreamHandlers, 'logs'>;
}

export interface Agent {
  /**
   * Runs the node until `signal` aborts. Containers keep running then, and the next agent takes them over. Rejects
   * when a part of the agent cannot go on.
   */
  run(signal: AbortSignal): Promise<void>;
}

const levelsPollMs = 20;
const runtimeRetryMs = 500;

/** One node: makes the pods bound to it real in the runtime and reports how they are. */
export function createAgent(options: AgentOptions): Agent {
  return {
    async run(signal) {
      const version = await runtimeVersion(options, signal);
      if (version) await runNode(options, version, signal);
    },
  };
}

/** An agent may be up before its runtime is. */
async function runtimeVersion(
  { cri, clock, logger }: AgentOptions,
  signal: AbortSignal,
): Promise<RuntimeVersion | undefined> {
  while (!signal.aborted) {
    try {
      return await cri.runtime.version(signal);
    } catch (err) {
      logger.debug('Waiting for the runtime', { err });
      await sleep(clock, runtimeRetryMs, signal);
    }
  }
  return undefined;
}

const identityOf = (options: AgentOptions): NodeIdentity => {
  const { nodeName, nodeIps, labels = {}, taints = [], maxPods = 110, reserved = {} } = options;
  const { version, machine } = options;
  return { nodeName, nodeIps, labels, taints, maxPods, reserved, version, machine };
};

async function runNode(
  options: AgentOptions,
  version: RuntimeVersion,
  outer: AbortSignal,
): Promise<void> {
  const { controlPlane, cri, clock, random, logger, network } = options;
  const { runtime } = cri;
  const identity = identityOf(options);
  const context = createPodContext(options, identity, version);
  const health = createRuntimeHealth(runtime, clock, () => reporter.wake());
  const probe = options.probe ?? createProbeRunner(runtime);
  const pods = createNodePods({
    context,
    controlPlane,
    probe,
    random,
    networkProblem: () => health.networkProblem(),
  });
  const reporter = createNodeReporter({
    controlPlane,
    cri,
    runtimeVersion: version,
    identity,
    health,
    clock,
    random,
    logger,
    heartbeatMs: options.heartbeatMs ?? 10_000,
  });
  await health.check();
  await together(outer, [
    (signal) => controlPlane.run(streamHandlers(options, pods), signal),
    (signal) => health.run(signal),
    (signal) => reporter.run(signal),
    async (signal) => network?.run(controlPlane, signal),
    async (signal) => {
      await levelsSynced(options, signal);
      await pods.run(signal);
    },
    (signal) => runStats(statsOptions(options), signal),
    async (signal) => {
      if (!options.virtual) await runLogRotation(rotationOptions(options), signal);
    },
  ]);
}

/** Runs parts side by side; when one fails, all end and its reason is thrown. */
async function together(
  outer: AbortSignal,
  parts: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const results = await Promise.allSettled(
    parts.map((part) =>
      part(signal).catch((err: unknown) => {
        failed.abort();
        throw err;
      }),
    ),
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Before everything that pods may refer to is known, what is unknown would be taken for missing. */
async function levelsSynced(
  { controlPlane, clock }: AgentOptions,
  signal: AbortSignal,
): Promise<void> {
  const { pods, configMaps, secrets, services } = controlPlane;
  while (!signal.aborted && !allSynced([pods, configMaps, secrets, services])) {
    await sleep(clock, levelsPollMs, signal);
  }
}

const notHere = async () => {
  throw serviceUnavailable('this node does not offer exec, attach and port-forward');
};

function streamHandlers({ cri, clock, streams }: AgentOptions, pods: NodePods): StreamHandlers {
  const logs = createLogs({ pods, runtime: cri.runtime, clock });
  const others = streams?.(createStreamLookup(pods));
  return { ...(others ?? { exec: notHere, attach: notHere, portForward: notHere }), logs };
}

const statsOptions = ({ cri, controlPlane, clock, logger, ...rest }: AgentOptions) => ({
  runtime: cri.runtime,
  controlPlane,
  readNodeUse: rest.readNodeUse ?? readMachineUse,
  clock,
  logger,
  intervalMs: rest.statsIntervalMs ?? 10_000,
});

const rotationOptions = ({ cri, clock, logger, ...rest }: AgentOptions) => ({
  runtime: cri.runtime,
  clock,
  logger,
  maxBytes: rest.logMaxBytes ?? 10 * 1024 * 1024,
  maxFiles: rest.logMaxFiles ?? 5,
});
