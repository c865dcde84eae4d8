import { readFile } from 'node:fs/promises';
import { createHttpsTransport, loadKubeconfig } from '@berth/client';
import type { Connection } from '@berth/client';
import { sleep } from '@berth/component-base';
import type { Clock, Environment } from '@berth/component-base';
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
  if (flags) await connected(flags, signal, (context) => runScheduler(context, signal));
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
  await connected(flags, signal, async (context, { ca }) => {
    const rootCa = flags.rootCaFile ? await readFile(flags.rootCaFile, 'utf8') : (ca ?? '');
    await runControllers(context, { ...toControllersOptions(flags), rootCa }, signal);
  });
  return 0;
}

async function connected(
  { kubeconfig, leaderElect, logLevel }: LoopFlags,
  signal: AbortSignal,
  work: (context: LoopContext, connection: Connection) => Promise<void>,
): Promise<void> {
  if (!kubeconfig) throw new Error('--kubeconfig is needed');
  const context = processContext(logLevel);
  const text = await awaitFile(kubeconfig, context.clock, signal);
  if (text === undefined) return;
  const readText = (path: string) => readFileSync(path, 'utf8');
  const { connection } = loadKubeconfig(text, { readFile: readText });
  const { transport, close } = createHttpsTransport(connection);
  try {
    await work({ ...context, transport, metrics: createMetrics(), leaderElect }, connection);
  } finally {
    close();
  }
}

const pollMs = 100;

/** An API server that comes up beside this process writes the kubeconfig; undefined when `signal` aborted first. */
async function awaitFile(
  path: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    try {
      return await readFile(path, 'utf8');
    } catch (err) {
      if (!(err instanceof Error && 'code' in err && err.code === 'ENOENT')) throw err;
      await sleep(clock, pollMs, signal);
    }
  }
  return undefined;
}
