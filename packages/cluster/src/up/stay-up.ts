import { appendFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@berth/component-base';
import type { ClusterPaths } from '../data-dir.ts';
import { processContext, untilAborted } from '../process.ts';
import type { ClusterState } from './cluster-state.ts';
import { createCluster } from './cluster.ts';
import type { UpOptions } from './options.ts';
import { inspectMachine, install, planRuntime } from './preflight.ts';
import type { Runtime } from './preflight.ts';
import { markProcess } from './process-table.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import type { Self } from './up.ts';

export interface StayUpOptions {
  readonly options: UpOptions;
  readonly paths: ClusterPaths;
  readonly self: Self;
  readonly signal: AbortSignal;
  /** What an `up` that fell left behind. */
  readonly stale: ClusterState | undefined;
}

/** Brings the cluster up, says what happens, and takes it down when `signal` aborts. */
export async function stayUp({
  options,
  paths,
  self,
  signal,
  stale,
}: StayUpOptions): Promise<number> {
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  // A person reads what this process prints; what it logs is for whoever looks for a reason.
  const logFile = join(paths.logs, 'supervisor.log');
  const context = processContext(options.logLevel, (line) => appendFileSync(logFile, line));
  const { clock } = context;
  const startedAt = clock.monotonic();
  const progress = createProgress({
    write: (text) => process.stdout.write(text),
    monotonic: () => clock.monotonic(),
  });
  if (stale) {
    const { tearDown } = await import('./tear-down.ts');
    await progress.step('cleared away what an earlier start left behind', () =>
      tearDown(paths, stale, clock),
    );
  }
  const cluster = createCluster({
    options,
    paths,
    self,
    runtime: await chooseRuntime(options, progress),
    context,
    progress,
    supervisor: await markProcess(process.pid),
  });
  try {
    await cluster.start(signal);
    const seconds = ((clock.monotonic() - startedAt) / 1000).toFixed(1);
    progress.say(summary(options, paths, seconds));
    await writeFileAtomic(paths.readyFile, JSON.stringify({ readyAfterSeconds: Number(seconds) }));
    await untilAborted(signal);
    return 0;
  } finally {
    progress.say('Taking the cluster down.');
    await cluster.stop();
  }
}

async function chooseRuntime({ runtime }: UpOptions, progress: Progress): Promise<Runtime> {
  if (runtime === 'simulated') return announce('simulated', 'asked for', progress);
  const plan = planRuntime(runtime, await inspectMachine());
  switch (plan.kind) {
    case 'impossible':
      throw new Error(`--runtime ${runtime}: ${plan.why}`);
    case 'install':
      progress.say(
        `Real containers need what is not here yet; installing ${plan.packages.join(' ')}.`,
      );
      await progress.step('installed the container runtime', () => install(plan.packages));
      return announce('containerd', '', progress);
    case 'use':
      return announce(plan.runtime, plan.why, progress);
  }
}

function announce(runtime: Runtime, why: string, progress: Progress): Runtime {
  progress.say(
    runtime === 'simulated'
      ? `Nodes are simulated: their containers are data (${why}).`
      : 'Nodes run real containers, each with a containerd of its own.',
  );
  return runtime;
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
