import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { nodes as nodeType } from '@berth/api';
import type { Node } from '@berth/api';
import type { Client } from '@berth/client';
import { sleep, writeFileAtomic } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { cacheImageArchive, detectSnapshotter, pauseImage, sampleImage } from '@berth/cri';
import type { ImageArchive } from '@berth/cri';
import { clusterPaths, nodeNames, nodePaths } from '../data-dir.ts';
import type { ClusterPaths } from '../data-dir.ts';
import { ensureHostNetwork, runAll } from '../host/network.ts';
import { planHostNetwork, podRouteCommands, serviceRouteCommand } from '../host/network-plan.ts';
import { processContext, readFlags, untilAborted } from '../process.ts';
import type { ProcessContext } from '../process.ts';
import { ownToken } from './bootstrap-token.ts';
import { createStateKeeper, readState } from './cluster-state.ts';
import { upFlags } from './options.ts';
import type { UpOptions } from './options.ts';
import { hasSysResource, inspectMachine, install, planRuntime } from './preflight.ts';
import type { Runtime } from './preflight.ts';
import { isRunning, markProcess } from './process-table.ts';
import type { ProcessMark } from './process-table.ts';
import { agentProgram, controlPlanePrograms, nodePortOf, simulatedProgram } from './programs.ts';
import type { ProgramContext } from './programs.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { awaitApiServer, awaitNodes } from './readiness.ts';
import { keepContainerd, loadImages } from './real-node.ts';
import { supervise } from './supervisor.ts';
import type { Program, Supervised } from './supervisor.ts';
import { tearDown } from './tear-down.ts';

/** How this very program is started again. */
export type Self = readonly [string, ...string[]];

const nodesLimitMs = 120_000;
/** A program that falls this often in a row before the cluster is ready will not get up. */
const fallsLimit = 4;

/** `berth up`: a whole cluster on this machine. */
export async function runUp(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
  self: Self,
): Promise<number> {
  const options = readFlags('berth up [flags]', upFlags, argv, env);
  if (!options) return 0;
  const paths = clusterPaths(dataDirOf(options.dataDir));
  const running = await runningCluster(paths);
  if (running) {
    process.stdout.write(`The cluster is up already: ${running.server}\n`);
    return 0;
  }
  return options.detach
    ? detach(argv, env, paths, self, signal)
    : stayUp(options, paths, self, signal);
}

export function dataDirOf(given: string | undefined): string {
  if (given) return resolve(given);
  return process.getuid?.() === 0 ? '/var/lib/berth' : join(homedir(), '.local/share/berth');
}

async function runningCluster(paths: ClusterPaths) {
  const state = await readState(paths.stateFile);
  const alive = state && (await isRunning(state.supervisor));
  return alive ? state : undefined;
}

/** Starts the same `up` without `--detach` in the background, and waits until it is ready or has failed. */
async function detach(
  argv: readonly string[],
  env: Environment,
  paths: ClusterPaths,
  [command, ...first]: Self,
  signal: AbortSignal,
): Promise<number> {
  const { clock } = processContext('error');
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  await rm(paths.readyFile, { force: true });
  const logFile = join(paths.logs, 'up.log');
  const log = await open(logFile, 'w', 0o600);
  const rest = argv.filter(
    (argument) => !/^--(detach|data-dir)(=|$)/.test(argument) && argument !== dataDirArgument(argv),
  );
  const child = spawn(
    command,
    [...first, 'up', ...rest, '--detach=false', '--data-dir', paths.dataDir],
    {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: env,
    },
  );
  await log.close();
  child.unref();
  let exit: number | undefined;
  child.once('exit', (code) => (exit = code ?? 1));
  const isReady = () =>
    readFile(paths.readyFile, 'utf8').then(
      () => true,
      () => false,
    );
  for (;;) {
    if (await isReady()) break;
    if (exit !== undefined || signal.aborted) {
      process.stderr.write(await readFile(logFile, 'utf8'));
      if (signal.aborted) child.kill('SIGTERM');
      return exit || 1;
    }
    await sleep(clock, 25, signal);
  }
  process.stdout.write(await readFile(logFile, 'utf8'));
  return 0;
}

/** The value after a `--data-dir` that stands alone. */
const dataDirArgument = (argv: readonly string[]) => argv[argv.indexOf('--data-dir') + 1];

async function stayUp(
  options: UpOptions,
  paths: ClusterPaths,
  self: Self,
  signal: AbortSignal,
): Promise<number> {
  const context = processContext('info');
  const { clock } = context;
  const startedAt = clock.monotonic();
  const progress = createProgress({
    write: (text) => process.stdout.write(text),
    monotonic: () => clock.monotonic(),
  });
  const stale = await readState(paths.stateFile);
  if (stale) await tearDown(paths, stale, clock);
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  const runtime = await chooseRuntime(options, progress);
  const cluster = createCluster({
    options,
    paths,
    self,
    runtime,
    context,
    progress,
    supervisor: await markProcess(process.pid),
  });
  try {
    await cluster.start(signal);
    const seconds = ((clock.monotonic() - startedAt) / 1000).toFixed(1);
    progress.say(summary(options, paths, seconds));
    await writeFileAtomic(paths.readyFile, JSON.stringify({ readyAfterSeconds: Number(seconds) }));
    await cluster.whileUp(signal);
    return 0;
  } finally {
    progress.say('Taking the cluster down.');
    await cluster.stop();
  }
}

async function chooseRuntime({ runtime }: UpOptions, progress: Progress): Promise<Runtime> {
  const plan = planRuntime(runtime, await inspectMachine());
  switch (plan.kind) {
    case 'impossible':
      throw new Error(`--runtime ${runtime}: ${plan.why}`);
    case 'install':
      progress.say(
        `Real containers need what is not here yet; installing ${plan.packages.join(' ')}.`,
      );
      await progress.step('installed the container runtime', () => install(plan.packages));
      return 'containerd';
    case 'use':
      progress.say(
        plan.runtime === 'simulated'
          ? `Nodes are simulated: their containers are data (${plan.why}).`
          : 'Nodes run real containers, each with a containerd of its own.',
      );
      return plan.runtime;
  }
}

interface ClusterParts {
  readonly options: UpOptions;
  readonly paths: ClusterPaths;
  readonly self: Self;
  readonly runtime: Runtime;
  readonly context: ProcessContext;
  readonly progress: Progress;
  readonly supervisor: ProcessMark;
}

function createCluster(parts: ClusterParts) {
  const { options, paths, self, runtime, context, progress, supervisor } = parts;
  const { clock, logger } = context;
  const names = nodeNames(options.nodes);
  const network = planHostNetwork(paths.id, names);
  const isReal = runtime === 'containerd';
  const tokenFile = join(paths.dataDir, 'node-token');
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  const server = `https://127.0.0.1:${options.securePort}`;
  const keeper = createStateKeeper(paths.stateFile, {
    runtime,
    nodes: names,
    supervisor,
    programs: {},
    server,
  });
  const onStart = (name: string, pid: number) => keeper.setProgram(name, pid);
  const address = isReal ? network.address : '127.0.0.1';
  const programContext: ProgramContext = {
    paths,
    options,
    self,
    nodeServer: `${address}:${nodePortOf(options)}`,
    ...(isReal && { advertiseAddress: network.address }),
  };
  let giveUp: (reason: Error) => void = () => undefined;
  /** Rejects when a program cannot live: waiting for it any longer is no use. */
  const hopeless = new Promise<never>((_, reject) => (giveUp = reject));
  hopeless.catch(() => undefined);
  const onFall = ({ name, logFile }: Program, falls: number) => {
    if (falls === fallsLimit)
      giveUp(new Error(`${name} keeps falling; its last words are in ${logFile}`));
  };
  const agents = new Map<string, Supervised>();
  const run = (program: Program): Supervised => {
    const supervised = supervise(program, { clock, logger, onStart, onFall }, stop.signal);
    running.push(supervised.done);
    return supervised;
  };

  const startContainerds = async (): Promise<void> => {
    const snapshotter = await detectSnapshotter(join(paths.nodes, 'snapshotter'));
    const shared = {
      paths,
      snapshotter,
      restrictOomScoreAdj: !(await hasSysResource()),
      clock,
      logger,
      onStart,
    };
    const archives = buildImages(paths);
    await Promise.all(
      network.nodes.map(async (link) => {
        const real = {
          ...shared,
          node: nodePaths(paths, link.name),
          netns: link.netns,
          // What a fall in the middle of a creation left behind is cleared away by an agent that starts.
          onRestart: () => agents.get(link.name)?.restart(),
        };
        const { done } = await keepContainerd(real, stop.signal);
        running.push(done);
        await loadImages(real, await archives);
      }),
    );
  };

  const startNodes = () => {
    if (names.length === 0) return;
    if (!isReal) {
      run(simulatedProgram(programContext, tokenFile));
      return;
    }
    for (const link of network.nodes) {
      const program = agentProgram(programContext, nodePaths(paths, link.name), link, tokenFile);
      agents.set(link.name, run(program));
    }
  };

  /** The machine itself reaches pods and Services too: for port-forwarding, and for whoever tries things out. */
  const setRoutes = async (known: readonly Node[]) => {
    const ranges = new Map(
      known.flatMap(({ metadata, spec }) =>
        spec.podCIDR ? [[metadata.name, spec.podCIDR] as const] : [],
      ),
    );
    await runAll(podRouteCommands(network, ranges));
    await runAll(serviceRouteCommand(network, options.serviceCidr));
  };

  return {
    async start(outer: AbortSignal): Promise<void> {
      const signal = AbortSignal.any([outer, stop.signal]);
      await keeper.start();
      if (isReal)
        await progress.step('made the network of the nodes', () => ensureHostNetwork(network));
      const containerds = isReal ? startContainerds() : Promise.resolve();
      containerds.catch(() => undefined);
      for (const program of controlPlanePrograms(programContext)) run(program);
      if (!isReal) startNodes();
      const { client, close } = await progress.step('started the control plane', () =>
        Promise.race([awaitApiServer(paths.adminKubeconfig, clock, signal), hopeless]),
      );
      try {
        await ownToken(client, tokenFile);
        await copyKubeconfig(options.writeKubeconfig, paths);
        if (isReal)
          await progress.step('started containerd and loaded the images', () => containerds);
        if (isReal) startNodes();
        const known = await progress.step(`${names.length} nodes ready`, () =>
          Promise.race([nodesWithRanges(client, names, isReal, signal), hopeless]),
        );
        if (isReal) await setRoutes(known);
      } finally {
        close();
      }
    },
    whileUp: (signal: AbortSignal) => untilAborted(signal),
    async stop(): Promise<void> {
      stop.abort();
      await Promise.allSettled(running);
      await keeper.settled();
      const state = await readState(paths.stateFile);
      if (state) await tearDown(paths, state, clock);
    },
  };

  async function nodesWithRanges(
    client: Client,
    wanted: readonly string[],
    real: boolean,
    signal: AbortSignal,
  ): Promise<readonly Node[]> {
    const ready = await awaitNodes(client, wanted, { clock, limitMs: nodesLimitMs }, signal);
    return real ? (await client.list(nodeType)).items : ready;
  }
}

async function buildImages({ images }: ClusterPaths): Promise<readonly ImageArchive[]> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return Promise.all([
    cacheImageArchive(pauseImage(architecture), images),
    cacheImageArchive(await sampleImage(), images),
  ]);
}

async function copyKubeconfig(target: string | undefined, paths: ClusterPaths): Promise<void> {
  if (!target) return;
  await writeFileAtomic(resolve(target), await readFile(paths.adminKubeconfig, 'utf8'));
}

const summary = (options: UpOptions, { adminKubeconfig }: ClusterPaths, seconds: string) =>
  [
    `Ready in ${seconds} s.`,
    '',
    `  API server   https://127.0.0.1:${options.securePort}`,
    `  kubeconfig   ${adminKubeconfig}`,
    '',
    'Try:',
    `  export KUBECONFIG=${adminKubeconfig}`,
    '  kubectl get nodes -o wide',
    '  npx berth apply -f deploy/examples/sample.yaml',
    '  npx berth get pods -w',
  ].join('\n');
