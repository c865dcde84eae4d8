import { readFile } from 'node:fs/promises';
import { createHttpsTransport, loadKubeconfig } from '@berth/client';
import type { Connection } from '@berth/client';
import type { Environment } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { readFileSync } from 'node:fs';
import { processContext, readFlags } from '../process.ts';
import { controllerManagerFlags, schedulerFlags, toControllersOptions } from './flags.ts';
import { runControllers, runScheduler } from './run-control-loops.ts';
import type { LoopContext } from './run-control-loops.ts';

interface LoopFlags {
  readonly kubeconfig: string | undefined;
  readonly leaderElect: boolean;
  readonly logLevel: 'error' | 'info' | 'debug';
}

/** `berth scheduler`: also works against a foreign kube-apiserver. */
export async function runSchedulerProcess(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth scheduler [flags]', schedulerFlags, argv, env);
  if (flags) await connected(flags, (context) => runScheduler(context, signal));
  return 0;
}

/** `berth controller-manager`: every controller. */
export async function runControllerManagerProcess(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth controller-manager [flags]', controllerManagerFlags, argv, env);
  if (!flags) return 0;
  await connected(flags, async (context, { ca }) => {
    const rootCa = flags.rootCaFile ? await readFile(flags.rootCaFile, 'utf8') : (ca ?? '');
    await runControllers(context, { ...toControllersOptions(flags), rootCa }, signal);
  });
  return 0;
}

async function connected(
  { kubeconfig, leaderElect, logLevel }: LoopFlags,
  work: (context: LoopContext, connection: Connection) => Promise<void>,
): Promise<void> {
  if (!kubeconfig) throw new Error('--kubeconfig is needed');
  const readText = (path: string) => readFileSync(path, 'utf8');
  const { connection } = loadKubeconfig(await readFile(kubeconfig, 'utf8'), { readFile: readText });
  const { transport, close } = createHttpsTransport(connection);
  try {
    const context = processContext(logLevel);
    await work({ ...context, transport, metrics: createMetrics(), leaderElect }, connection);
  } finally {
    close();
  }
}
