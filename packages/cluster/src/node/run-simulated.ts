import { join } from 'node:path';
import { createAgent, createNodeChannel, createStreamHandlers, readMachine } from '@berth/agent';
import type { ProbeRunner } from '@berth/agent';
import { choice, integer, text } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { createSimulatedCri } from '@berth/cri';
import { readFile } from 'node:fs/promises';
import { processContext, readFlags } from '../process.ts';
import type { ProcessContext } from '../process.ts';
import { version } from '../version.ts';
import { awaitIdentity } from './identity.ts';

export const simulatedFlags = {
  server: text('127.0.0.1:6444', 'address of the control plane', 'HOST:PORT'),
  rootDir: text('/var/lib/berth/nodes', 'where the nodes keep their certificates and logs', 'DIR'),
  tokenFile: text('', 'file with the bootstrap token to join with', 'FILE'),
  caFile: text('', "the cluster's authority, PEM", 'FILE'),
  nodes: integer(1, 'how many nodes', { min: 1, max: 5000 }),
  nodeStatusUpdateFrequency: integer(10, 'seconds between two signs of life', { min: 1 }),
  statsInterval: integer(10, 'seconds between two measurements of usage', { min: 1 }),
  logLevel: choice(['error', 'info', 'debug'], 'info', 'how much to log'),
} as const;

/** `berth simulate`: nodes whose containers are data. Everything above the runtime is real. */
export async function runSimulatedNodes(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth simulate [flags]', simulatedFlags, argv, env);
  if (!flags) return 0;
  const context = processContext(flags.logLevel);
  const numbers = Array.from({ length: flags.nodes }, (_, i) => i + 1);
  await Promise.all(
    numbers.map((number) => simulate(`node-${number}`, number, { ...flags, context }, signal)),
  );
  return 0;
}

interface Simulation {
  readonly server: string;
  readonly rootDir: string;
  readonly tokenFile: string;
  readonly caFile: string;
  readonly statsInterval: number;
  readonly nodeStatusUpdateFrequency: number;
  readonly context: ProcessContext;
}

async function simulate(
  nodeName: string,
  number: number,
  simulation: Simulation,
  signal: AbortSignal,
): Promise<void> {
  const { server, rootDir, statsInterval } = simulation;
  const { clock, random, logger } = simulation.context;
  const dataDir = join(rootDir, nodeName);
  const credentials = await awaitIdentity(
    {
      dir: join(dataDir, 'pki'),
      endpoint: server,
      nodeName,
      token: async () => (await readFile(simulation.tokenFile, 'utf8')).trim(),
      trust: async () => ({ ca: await readFile(simulation.caFile, 'utf8') }),
      signal,
    },
    simulation.context,
  );
  if (!credentials) return;
  const log = logger.with({ node: nodeName });
  const cri = createSimulatedCri({ clock, logger: log, podCidr: simulatedPodCidr(number) });
  try {
    await createAgent({
      controlPlane: createNodeChannel({
        endpoint: server,
        credentials,
        nodeName,
        clock,
        random,
        logger: log,
      }),
      cri,
      clock,
      random,
      logger: log,
      nodeName,
      nodeIps: [`127.0.${Math.floor(number / 250)}.${(number % 250) + 1}`],
      version,
      machine: await readMachine(rootDir),
      paths: { dataDir, podLogsDir: join(dataDir, 'logs') },
      virtual: true,
      virtualLogs: true,
      statsIntervalMs: statsInterval * 1000,
      heartbeatMs: simulation.nodeStatusUpdateFrequency * 1000,
      probe: simulatedProbe(cri.answers),
      streams: createStreamHandlers(cri.runtime),
    }).run(signal);
  } finally {
    cri.close();
  }
}

/** Nobody but the node itself can reach a simulated pod, so ranges need not be those that the cluster gave out. */
const simulatedPodCidr = (number: number) =>
  `10.${200 + Math.floor(number / 256)}.${number % 256}.0/24`;

/** A simulated pod answers its probes while it runs. */
const simulatedProbe =
  (answers: (podIp: string) => boolean): ProbeRunner =>
  async ({ podIp }) =>
    answers(podIp)
      ? { outcome: 'success', output: '' }
      : { outcome: 'failure', output: 'connection refused' };
