import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { integer, list, optionalText } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { cacheImageArchive, detectSnapshotter, pauseImage } from '@berth/cri';
import { clusterPaths, nodePaths } from '../data-dir.ts';
import { processContext, readFlags, untilAborted } from '../process.ts';
import { createStateKeeper, readState } from '../up/cluster-state.ts';
import { hasSysResource, inspectMachine, install, planRuntime } from '../up/preflight.ts';
import { markProcess } from '../up/process-table.ts';
import { berth, runtimeArguments } from '../up/programs.ts';
import { createProgress } from '../up/progress.ts';
import { keepContainerd, loadImages } from '../up/real-node.ts';
import { supervise } from '../up/supervisor.ts';
import type { Supervised } from '../up/supervisor.ts';
import { tearDown } from '../up/tear-down.ts';
import { dataDirOf } from '../up/up.ts';
import type { Self } from '../up/up.ts';

const joinFlags = {
  dataDir: optionalText('where the node is kept', 'DIR'),
  server: optionalText('the control plane: host:port of its node channel', 'HOST:PORT'),
  token: optionalText('bootstrap token', 'TOKEN'),
  discoveryTokenCaCertHash: optionalText("hash of the cluster's authority", 'sha256:HEX'),
  nodeName: optionalText('name of the node (default is the hostname)', 'NAME'),
  nodeIp: list([], 'addresses of the node', 'IP,…'),
  clusterCidr: optionalText('addresses of pods of the cluster (default 10.244.0.0/16)', 'CIDR'),
  maxPods: integer(110, 'how many pods the node takes'),
} as const;

/** `berth join HOST:PORT`: turns this machine into a node, for as long as it runs. */
export async function runJoin(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
  self: Self,
): Promise<number> {
  const flags = readFlags('berth join HOST:PORT [flags]', joinFlags, withServer(argv), env);
  if (!flags) return 0;
  if (!flags.server) throw new Error('which control plane? berth join HOST:PORT --token …');
  const { clock, logger } = processContext('info');
  const progress = createProgress({
    write: (text) => process.stdout.write(text),
    monotonic: () => clock.monotonic(),
  });
  const plan = planRuntime('containerd', await inspectMachine());
  if (plan.kind === 'impossible') throw new Error(`this machine cannot be a node: ${plan.why}`);
  if (plan.kind === 'install') {
    await progress.step(`installed ${plan.packages.join(' ')}`, () => install(plan.packages));
  }

  const paths = clusterPaths(dataDirOf(flags.dataDir));
  const name = flags.nodeName ?? hostname().toLowerCase();
  const node = nodePaths(paths, name);
  const stale = await readState(paths.stateFile);
  if (stale) await tearDown(paths, stale, clock);
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  const keeper = createStateKeeper(paths.stateFile, {
    runtime: 'containerd',
    nodes: [name],
    supervisor: await markProcess(process.pid),
    programs: {},
    server: flags.server,
  });
  await keeper.start();
  const onStart = (program: string, pid: number) => keeper.setProgram(program, pid);
  const agents: Supervised[] = [];
  const real = {
    paths,
    node,
    snapshotter: await detectSnapshotter(join(paths.nodes, 'snapshotter')),
    restrictOomScoreAdj: !(await hasSysResource()),
    clock,
    logger,
    onStart,
    onRestart: () => agents.forEach((agent) => agent.restart()),
  };
  const { done } = await progress.step('started containerd', () => keepContainerd(real, signal));
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const pause = await cacheImageArchive(pauseImage(architecture), paths.images);
  await loadImages(real, [pause]);
  const program = berth({ self, paths }, 'agent', [
    ...runtimeArguments(paths, node),
    ...['--server', flags.server],
    ...(flags.token ? ['--token', flags.token] : []),
    ...(flags.discoveryTokenCaCertHash
      ? ['--discovery-token-ca-cert-hash', flags.discoveryTokenCaCertHash]
      : []),
    ...(flags.nodeIp.length > 0 ? ['--node-ip', flags.nodeIp.join(',')] : []),
    ...(flags.clusterCidr ? ['--cluster-cidr', flags.clusterCidr] : []),
    ...['--max-pods', String(flags.maxPods)],
  ]);
  agents.push(supervise(program, { clock, logger, onStart }, signal));
  progress.say(`This machine runs as node ${name}. Its log is ${program.logFile}; Ctrl-C ends it.`);
  await untilAborted(signal);
  await Promise.allSettled([done, ...agents.map((agent) => agent.done)]);
  await keeper.settled();
  const state = await readState(paths.stateFile);
  if (state) await tearDown(paths, state, clock);
  return 0;
}

/** The address may come first and without its flag. */
const withServer = ([first, ...rest]: readonly string[]): readonly string[] =>
  first && !first.startsWith('-')
    ? ['--server', first, ...rest]
    : [first, ...rest].flatMap((a) => a ?? []);
