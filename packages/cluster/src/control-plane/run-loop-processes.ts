import { readFile } from 'node:fs/promises';
import type { ApiRequest } from '@berth/api';
import {
  createPooledTransport,
  inClusterConnection,
  limitRate,
  loadKubeconfig,
} from '@berth/client';
import type { Connection, PooledTransportOptions } from '@berth/client';
import { OptionsError, sleep } from '@berth/component-base';
import type { Clock, Environment } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import type { ControllersOptions } from '@berth/controllers';
import { ConfigurationError, defaultConfiguration, readConfiguration } from '@berth/scheduler';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { processContext, readFlags } from '../process.ts';
import { controllerManagerFlags, schedulerFlags, toControllersOptions } from './flags.ts';
import { runControllers, runScheduler } from './run-control-loops.ts';
import type { LoopContext } from './run-control-loops.ts';
import { serveMetrics } from './serve-metrics.ts';
import type { Address } from './serve-metrics.ts';

interface LoopFlags {
  readonly kubeconfig: string | undefined;
  readonly leaderElect: boolean;
  readonly leaderElectIdentity: string | undefined;
  readonly metricsBindAddress: Address | undefined;
  readonly logLevel: 'error' | 'info' | 'debug';
}

/** `berth scheduler`: also works against a foreign kube-apiserver. */
export async function runSchedulerProcess(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth scheduler [flags]', schedulerFlags, argv, env);
  if (!flags) return 0;
  const configuration = flags.config ? await configurationIn(flags.config) : defaultConfiguration;
  const { leaderElection, clientConnection } = configuration;
  const { resourceNamespace: namespace, resourceName: name, ...times } = leaderElection;
  const loop = {
    ...flags,
    leaderElect: flags.leaderElect ?? leaderElection.leaderElect,
    kubeconfig: flags.kubeconfig ?? clientConnection.kubeconfig,
  };
  const work = async (context: LoopContext) => {
    const { qps, burst = qps ?? 0 } = clientConnection;
    const { transport, clock, logger } = context;
    for (const remark of configuration.remarks) logger.info(remark);
    const limited = qps ? limitRate(transport, { qps, burst }, clock) : transport;
    const lease = { namespace, name, ...times };
    const resolveModule = moduleResolver(flags.config ?? '');
    const scheduler = { ...context, transport: limited, lease };
    await runScheduler(scheduler, signal, configuration, resolveModule);
  };
  await connected(loop, env, signal, work, { mayPipeline: isBindOrEvent });
  return 0;
}

/** What the scheduler writes by the thousand: whether a bind happened is looked up, and of an event nobody asks. */
const isBindOrEvent = ({ method, path }: ApiRequest) =>
  method !== 'GET' && /\/(binding|events(\/[^/]+)?)$/.test(path);

async function configurationIn(path: string) {
  try {
    return readConfiguration(await readFile(path, 'utf8'));
  } catch (err) {
    if (err instanceof ConfigurationError) {
      throw new OptionsError(err.problems.map((problem) => `${path}: ${problem}`));
    }
    throw err;
  }
}

/** Paths are as seen from the configuration file, and packages are those installed there. */
function moduleResolver(configurationFile: string): (module: string) => string {
  const from = pathToFileURL(resolve(configurationFile));
  const { resolve: find } = createRequire(from);
  return (module) =>
    /^[./]/.test(module) ? new URL(module, from).href : pathToFileURL(find(module)).href;
}

/** `berth controller-manager`: every controller. */
export async function runControllerManagerProcess(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth controller-manager [flags]', controllerManagerFlags, argv, env);
  if (!flags) return 0;
  await connected(flags, env, signal, async (context, { ca }) => {
    const rootCa = flags.rootCaFile ? await readFile(flags.rootCaFile, 'utf8') : (ca ?? '');
    const signing = await signingOf(flags);
    const options = { ...toControllersOptions(flags), rootCa, ...(signing && { signing }) };
    await runControllers(context, options, signal);
  });
  return 0;
}

interface SigningFlags {
  readonly clusterSigningCertFile: string | undefined;
  readonly clusterSigningKeyFile: string | undefined;
  readonly clusterSigningDuration: number;
}

async function signingOf(flags: SigningFlags): Promise<ControllersOptions['signing']> {
  const { clusterSigningCertFile: cert, clusterSigningKeyFile: key } = flags;
  if (!cert && !key) return undefined;
  if (!cert || !key) {
    throw new Error('--cluster-signing-cert-file and --cluster-signing-key-file go together');
  }
  const [certPem, keyPem] = await Promise.all([cert, key].map((path) => readFile(path, 'utf8')));
  return {
    ca: { certPem: certPem ?? '', keyPem: keyPem ?? '' },
    durationMs: flags.clusterSigningDuration,
  };
}

async function connected(
  { kubeconfig, leaderElect, leaderElectIdentity, metricsBindAddress, logLevel }: LoopFlags,
  env: Environment,
  signal: AbortSignal,
  work: (context: LoopContext, connection: Connection) => Promise<void>,
  wire?: PooledTransportOptions,
): Promise<void> {
  const own = processContext(logLevel);
  const context = { ...own, identity: leaderElectIdentity ?? own.identity };
  const connection = await connectionOf(kubeconfig, env, context.clock, signal);
  if (!connection) return;
  const { transport, close } = await createPooledTransport(connection, wire);
  const metrics = createMetrics({ process: true });
  const stopServing = metricsBindAddress && (await serveMetrics(metricsBindAddress, metrics));
  try {
    await work({ ...context, transport, metrics, leaderElect }, connection);
  } finally {
    close();
    await stopServing?.();
  }
}

/** As the kubeconfig says, else as the pod that this runs in; undefined when `signal` aborted first. */
async function connectionOf(
  kubeconfig: string | undefined,
  env: Environment,
  clock: Clock,
  signal: AbortSignal,
): Promise<Connection | undefined> {
  const readText = (path: string) => readFileSync(path, 'utf8');
  if (!kubeconfig) {
    const own = inClusterConnection({ env, readFile: readText });
    if (!own) throw new OptionsError(['--kubeconfig is needed outside of a cluster']);
    return own;
  }
  const text = await awaitFile(kubeconfig, clock, signal);
  if (text === undefined) return undefined;
  return loadKubeconfig(text, { readFile: readText }).connection;
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
