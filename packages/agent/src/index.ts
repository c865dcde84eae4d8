export { createAgent } from './agent.ts';
export type { Agent, AgentOptions } from './agent.ts';
export { caHashOf, joinCluster } from './channel/join-cluster.ts';
export type { Joined, JoinOptions } from './channel/join-cluster.ts';
export { createNodeChannel } from './channel/node-channel.ts';
export type { NodeChannelOptions, NodeCredentials } from './channel/node-channel.ts';
export type {
  ContainerUsage,
  ControlPlane,
  ExecOptions,
  Level,
  LogOptions,
  StreamHandlers,
  StreamIo,
  StreamTarget,
  TokenOptions,
  Usage,
} from './control-plane.ts';
export { parseResolvConf } from './dns.ts';
export type { DnsConfig } from './dns.ts';
export { readMachine } from './machine.ts';
export type { Machine } from './machine.ts';
export { createBridgeNetwork } from './network/bridge-network.ts';
export type { BridgeNetworkOptions } from './network/bridge-network.ts';
export { runCommand } from './network/commands.ts';
export type { RunCommand } from './network/commands.ts';
export type { NodeNetwork } from './node-network.ts';
export type { NodePaths } from './node-paths.ts';
export { agentFlags } from './options.ts';
export type { ProbeRequest, ProbeRunner } from './probes/probe-runner.ts';
export { readMachineUse } from './stats.ts';
export type { NodeUse } from './stats.ts';
export type { StreamLookup } from './stream-lookup.ts';
export { createStreamHandlers } from './streams/stream-handlers.ts';
export { systemMounter, unmountBelow } from './volumes/mounter.ts';
export type { Mounter } from './volumes/mounter.ts';
