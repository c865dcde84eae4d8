import type { Environment } from '@berth/component-base';
import type { Self } from './up/up.ts';

type Command = (
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
  self: Self,
) => Promise<number>;

/** Each command loads what it needs and nothing else: a process pays in memory and time for what it imports. */
export const commands = {
  up: async (...args) => (await import('./up/up.ts')).runUp(...args),
  down: async (argv, env) => (await import('./up/down.ts')).runDown(argv, env),
  'control-plane': async (argv, env, signal) =>
    (await import('./control-plane/run-control-plane.ts')).runControlPlane(argv, env, signal),
  apiserver: async (argv, env, signal) =>
    (await import('./control-plane/run-control-plane.ts')).runApiServerProcess(argv, env, signal),
  scheduler: async (argv, env, signal) =>
    (await import('./control-plane/run-loop-processes.ts')).runSchedulerProcess(argv, env, signal),
  'controller-manager': async (argv, env, signal) =>
    (await import('./control-plane/run-loop-processes.ts')).runControllerManagerProcess(
      argv,
      env,
      signal,
    ),
  agent: async (argv, env, signal) =>
    (await import('./node/run-agent.ts')).runAgentProcess(argv, env, signal),
  simulate: async (argv, env, signal) =>
    (await import('./node/run-simulated.ts')).runSimulatedNodes(argv, env, signal),
  join: async (...args) => (await import('./node/join.ts')).runJoin(...args),
  token: async (argv, env, signal) => (await import('./node/token.ts')).runToken(argv, env, signal),
  load: async (argv, env) => (await import('./node/load.ts')).runLoad(argv, env),
} satisfies Readonly<Record<string, Command>>;

export type ClusterCommand = keyof typeof commands;
