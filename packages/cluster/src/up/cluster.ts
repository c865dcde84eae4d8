import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Node } from '@berth/api';
import { writeFileAtomic } from '@berth/component-base';
import { nodeNames } from '../data-dir.ts';
import type { ClusterPaths } from '../data-dir.ts';
import { planHostNetwork } from '../host/network-plan.ts';
import type { ProcessContext } from '../process.ts';
import { createStateKeeper, readState } from './cluster-state.ts';
import type { UpOptions } from './options.ts';
import type { Runtime } from './preflight.ts';
import type { ProcessMark } from './process-table.ts';
import { controlPlanePrograms, nodePortOf, simulatedProgram } from './programs.ts';
import type { ProgramContext } from './programs.ts';
import type { Progress } from './progress.ts';
import { supervise } from './supervisor.ts';
import type { Program, Supervised } from './supervisor.ts';
import type { Self } from './up.ts';

export interface ClusterParts {
  readonly options: UpOptions;
  readonly paths: ClusterPaths;
  readonly self: Self;
  readonly runtime: Runtime;
  readonly context: ProcessContext;
  readonly progress: Progress;
  readonly supervisor: ProcessMark;
}

export interface Cluster {
  /** Resolves when the API server and every node are ready; rejects with the reason when they cannot be. */
  start(signal: AbortSignal): Promise<void>;
  /** Ends everything and removes what was made, but the data. */
  stop(): Promise<void>;
}

/** How nodes come to be; what only real ones need is loaded for them alone. */
export interface Nodes {
  /** What can be done before the control plane is there. */
  prepare(): Promise<void>;
  /** Starts the agents; they join by themselves. */
  start(): Promise<void>;
  /** Once all of them are ready. */
  ready(nodes: readonly Node[]): Promise<void>;
}

export interface NodeTools {
  readonly run: (program: Program) => Supervised;
  readonly running: (work: Promise<void>) => void;
  readonly onStart: (name: string, pid: number) => void;
  readonly signal: AbortSignal;
  readonly tokenFile: string;
  readonly programContext: ProgramContext;
}

const nodesLimitMs = 120_000;
/** A program that falls this often in a row before the cluster is ready will not get up. */
const fallsLimit = 4;

export function createCluster(parts: ClusterParts): Cluster {
  const { options, paths, runtime, context, progress } = parts;
  const { clock, logger } = context;
  const names = nodeNames(options.nodes);
  const network = planHostNetwork(paths.id, names);
  const isReal = runtime === 'containerd';
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  const keeper = createStateKeeper(paths.stateFile, {
    runtime,
    nodes: names,
    supervisor: parts.supervisor,
    programs: {},
    server: `https://127.0.0.1:${options.securePort}`,
  });
  const onStart = (name: string, pid: number) => keeper.setProgram(name, pid);
  let giveUp: (reason: Error) => void = () => undefined;
  /** Rejects when a program cannot live: waiting for it any longer is no use. */
  const hopeless = new Promise<never>((_, reject) => (giveUp = reject));
  hopeless.catch(() => undefined);
  const onFall = ({ name, logFile }: Program, falls: number) => {
    if (falls !== fallsLimit) return;
    void lastWords(logFile).then((words) => giveUp(new Error(`${name} keeps falling:\n${words}`)));
  };
  const run = (program: Program): Supervised => {
    const supervised = supervise(program, { clock, logger, onStart, onFall }, stop.signal);
    running.push(supervised.done);
    return supervised;
  };
  const programContext: ProgramContext = {
    paths,
    options,
    self: parts.self,
    identity: context.identity,
    nodeServer: `${isReal ? network.address : '127.0.0.1'}:${nodePortOf(options)}`,
    ...(isReal && { advertiseAddress: network.address }),
  };
  const tools: NodeTools = {
    run,
    running: (work) => void running.push(work),
    onStart,
    signal: stop.signal,
    tokenFile: join(paths.dataDir, 'node-token'),
    programContext,
  };

  const nodes = async (): Promise<Nodes> => {
    if (!isReal) return simulatedNodes(tools);
    const { realNodes } = await import('./real-nodes.ts');
    return realNodes(parts, network, tools);
  };

  return {
    async start(outer) {
      const signal = AbortSignal.any([outer, stop.signal]);
      await keeper.start();
      const made = await nodes();
      const prepared = made.prepare();
      prepared.catch(() => undefined);
      for (const program of controlPlanePrograms(programContext)) run(program);
      // Simulated nodes wait for the control plane by themselves, and so come up beside it.
      if (!isReal) await made.start();
      const { awaitApiServer, awaitNodes } = await import('./readiness.ts');
      const { client, close } = await progress.step('started the control plane', () =>
        Promise.race([awaitApiServer(paths.adminKubeconfig, clock, signal), hopeless]),
      );
      try {
        const { ownToken } = await import('./bootstrap-token.ts');
        await ownToken(client, tools.tokenFile);
        await copyKubeconfig(options.writeKubeconfig, paths);
        await prepared;
        if (isReal) await made.start();
        const limits = { clock, limitMs: nodesLimitMs };
        const known = await progress.step(`${names.length} nodes ready`, () =>
          Promise.race([awaitNodes(client, names, limits, signal), hopeless]),
        );
        await made.ready(known);
      } finally {
        close();
      }
    },
    async stop() {
      stop.abort();
      await Promise.allSettled(running);
      await keeper.settled();
      const state = await readState(paths.stateFile);
      if (!state) return;
      const { tearDown } = await import('./tear-down.ts');
      await tearDown(paths, state, clock);
    },
  };
}

const simulatedNodes = ({ run, tokenFile, programContext }: NodeTools): Nodes => ({
  prepare: async () => undefined,
  async start() {
    if (programContext.options.nodes > 0) run(simulatedProgram(programContext, tokenFile));
  },
  ready: async () => undefined,
});

async function copyKubeconfig(target: string | undefined, paths: ClusterPaths): Promise<void> {
  if (!target) return;
  await writeFileAtomic(resolve(target), await readFile(paths.adminKubeconfig, 'utf8'));
}

const lastLines = 12;

/** The end of a log, for a person who wants to know why. */
async function lastWords(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return (
    text.trimEnd().split('\n').slice(-lastLines).join('\n') || `nothing was said in ${logFile}`
  );
}
