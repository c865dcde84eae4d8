import { join } from 'node:path';
import { parseDuration } from '@berth/api';
import type { ClusterPaths, NodePaths } from '../data-dir.ts';
import type { NodeLink } from '../host/network-plan.ts';
import type { UpOptions } from './options.ts';
import type { Program } from './supervisor.ts';

export interface ProgramContext {
  readonly paths: ClusterPaths;
  readonly options: UpOptions;
  /** How to start this very program again: `node …/berth.js`. */
  readonly self: readonly [string, ...string[]];
  /** Where agents reach the control plane. */
  readonly nodeServer: string;
  /**
   * Names the supervisor in leases. It starts a program again only after its end, so the next one may go on with the
   * lease of the last instead of waiting until it runs out.
   */
  readonly identity: string;
  /** Where pods reach the API server; left to the server when absent. */
  readonly advertiseAddress?: string;
}

/** Several signs of life fit into the time that a node may be silent. */
const heartbeatSeconds = ({ nodeMonitorGracePeriod }: UpOptions): string =>
  String(Math.max(1, Math.min(10, Math.floor(parseDuration(nodeMonitorGracePeriod) / 4000))));

export const nodePortOf = ({ nodePort, securePort }: UpOptions): number =>
  nodePort || securePort + 1;

/** The processes of the control plane: one, or three when they are to be apart. */
export function controlPlanePrograms(context: ProgramContext): readonly Program[] {
  const { options, paths } = context;
  const controllers = [
    ...['--cluster-cidr', options.clusterCidr],
    ...['--node-monitor-grace-period', options.nodeMonitorGracePeriod],
    ...['--horizontal-pod-autoscaler-sync-period', options.hpaSyncPeriod],
  ];
  if (!options.separateProcesses) {
    return [berth(context, 'control-plane', [...apiServerArguments(context), ...controllers])];
  }
  const kubeconfig = (name: string) => ['--kubeconfig', join(paths.dataDir, `${name}.kubeconfig`)];
  const loop = (name: string) => [
    ...kubeconfig(name),
    ...['--leader-elect-identity', context.identity],
    ...['--log-level', options.logLevel],
  ];
  return [
    berth(context, 'apiserver', apiServerArguments(context)),
    berth(context, 'scheduler', loop('scheduler')),
    berth(context, 'controller-manager', [
      ...loop('controller-manager'),
      ...['--cluster-signing-cert-file', join(paths.pki, 'ca.crt')],
      ...['--cluster-signing-key-file', join(paths.pki, 'ca.key')],
      ...controllers,
    ]),
  ];
}

function apiServerArguments({
  paths,
  options,
  advertiseAddress,
}: ProgramContext): readonly string[] {
  return [
    ...['--data-dir', paths.dataDir],
    ...['--store', options.store],
    ...(options.etcdServers.length > 0 ? ['--etcd-servers', options.etcdServers.join(',')] : []),
    ...['--secure-port', String(options.securePort)],
    ...['--node-port', String(nodePortOf(options))],
    ...(advertiseAddress ? ['--advertise-address', advertiseAddress] : []),
    ...['--service-cluster-ip-range', options.serviceCidr],
    ...['--default-not-ready-toleration-seconds', String(options.defaultTolerationSeconds)],
    ...['--default-unreachable-toleration-seconds', String(options.defaultTolerationSeconds)],
    ...['--log-level', options.logLevel],
  ];
}

/** One process for all simulated nodes. */
export const simulatedProgram = (context: ProgramContext, tokenFile: string): Program =>
  berth(context, 'simulate', [
    ...['--server', context.nodeServer],
    ...['--root-dir', context.paths.nodes],
    ...['--token-file', tokenFile],
    ...['--ca-file', join(context.paths.pki, 'ca.crt')],
    ...['--nodes', String(context.options.nodes)],
    ...['--stats-interval', String(context.options.statsInterval)],
    ...['--node-status-update-frequency', heartbeatSeconds(context.options)],
    ...['--log-level', context.options.logLevel],
  ]);

/** The agent of one node, inside the node's network namespace. */
export function agentProgram(
  context: ProgramContext,
  node: NodePaths,
  link: NodeLink,
  tokenFile: string,
): Program {
  const { options, paths } = context;
  const agent = berth(context, 'agent', [
    ...runtimeArguments(paths, node),
    ...['--server', context.nodeServer],
    ...['--node-ip', link.address],
    ...['--cluster-cidr', options.clusterCidr],
    ...['--stats-interval', String(options.statsInterval)],
    ...['--node-status-update-frequency', heartbeatSeconds(options)],
    ...['--token-file', tokenFile],
    ...['--ca-file', join(paths.pki, 'ca.crt')],
    ...['--log-level', options.logLevel],
  ]);
  return {
    ...agent,
    name: `agent-${node.name}`,
    logFile: join(paths.logs, `agent-${node.name}.log`),
    command: 'nsenter',
    args: [`--net=/run/netns/${link.netns}`, agent.command, ...agent.args],
  };
}

/** What an agent has to know about a node whose containerd is the node's alone. */
export const runtimeArguments = (paths: ClusterPaths, node: NodePaths): readonly string[] => [
  ...['--hostname-override', node.name],
  ...['--root-dir', node.agent],
  ...['--pod-logs-dir', join(node.agent, 'logs')],
  ...['--container-runtime-endpoint', `unix://${node.socket}`],
  ...['--containerd-root', node.containerdRoot],
  ...['--containerd-state', node.containerdState],
  ...['--cni-conf-dir', node.cniConf],
  ...['--cgroup-root', cgroupOf(paths, node.name)],
];

const cgroupOf = ({ id }: ClusterPaths, node: string): string => `/berth/${id}/${node}`;

export function berth(
  { self: [command, ...first], paths }: Pick<ProgramContext, 'self' | 'paths'>,
  name: string,
  args: readonly string[],
): Program {
  const logFile = join(paths.logs, `${name}.log`);
  return { name, command, args: [...first, name, ...args], logFile };
}
