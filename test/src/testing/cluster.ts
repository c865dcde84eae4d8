import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, createHttpsTransport, loadKubeconfig } from '@berth/client';
import type { Client } from '@berth/client';
import { runCommand, succeed } from './command.ts';
import type { Outcome } from './command.ts';
import { createKubectl } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';
import { freePorts } from './ports.ts';
import { repository } from './repository.ts';

export interface ClusterOptions {
  readonly runtime: 'containerd' | 'simulated';
  readonly nodes?: number;
  /** More flags of `berth up`. */
  readonly flags?: readonly string[];
}

export interface Cluster {
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly server: string;
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly kubectl: Kubectl;
  readonly client: Client;
  /** What `up` printed. */
  readonly said: string;
  /** What runs, by name. */
  pids(): Promise<Readonly<Record<string, number>>>;
  /** The `berth up` that starts again what falls. */
  supervisorPid(): Promise<number>;
  log(program: string): Promise<string>;
  /** Takes it down and removes its data; the second time does nothing. */
  stop(): Promise<void>;
}

const berth = join(repository, 'packages/cli/bin/berth.js');
const upLimitMs = 150_000;
const downLimitMs = 90_000;

/** The `berth` command of this repository. */
const runBerth = (
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly limitMs?: number } = {},
): Promise<Outcome> =>
  runCommand(process.execPath, ['--enable-source-maps', berth, ...args], options);

/** Brings a cluster up in a directory, on ports and address ranges of its own. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-cluster-'));
  live.add(dataDir);
  const [securePort, nodePort] = await freePorts(2);
  const ranges = await freeRanges();
  const up = await runBerth(
    [
      'up',
      '--detach',
      ...['--data-dir', dataDir],
      ...['--runtime', options.runtime],
      ...['--nodes', String(options.nodes ?? 2)],
      ...['--secure-port', String(securePort)],
      ...['--node-port', String(nodePort)],
      ...['--cluster-cidr', ranges.pods],
      ...['--service-cidr', ranges.services],
      ...(options.flags ?? []),
    ],
    { limitMs: upLimitMs },
  );
  if (up.code !== 0) {
    await takeDown(dataDir);
    throw new Error(`berth up ended with ${up.code}: ${up.stderr || up.stdout}`);
  }
  const kubeconfig = join(dataDir, 'admin.kubeconfig');
  const { client, close } = await connect(kubeconfig);
  const kubectl = await createKubectl(kubeconfig);
  return {
    dataDir,
    kubeconfig,
    server: `https://127.0.0.1:${securePort}`,
    clusterCidr: ranges.pods,
    serviceCidr: ranges.services,
    kubectl,
    client,
    said: up.stdout,
    async pids() {
      const { programs } = await readState(dataDir);
      return Object.fromEntries(Object.entries(programs).map(([name, { pid }]) => [name, pid]));
    },
    supervisorPid: async () => (await readState(dataDir)).supervisor.pid,
    log: (program) => readFile(join(dataDir, 'logs', `${program}.log`), 'utf8'),
    async stop() {
      close();
      await kubectl.close();
      await takeDown(dataDir);
    },
  };
}

interface State {
  readonly supervisor: { readonly pid: number };
  readonly programs: Readonly<Record<string, { readonly pid: number }>>;
}

const readState = async (dataDir: string) =>
  JSON.parse(await readFile(join(dataDir, 'cluster.json'), 'utf8')) as State;

async function connect(kubeconfig: string) {
  const { connection } = loadKubeconfig(await readFile(kubeconfig, 'utf8'), {
    readFile: (path) => {
      throw new Error(`${kubeconfig} points to ${path}`);
    },
  });
  const { transport, close } = createHttpsTransport(connection);
  return { client: createClient(transport, { userAgent: 'berth-test' }), close };
}

const downArguments = (dataDir: string) => ['down', '--data-dir', dataDir, '--purge'];

async function takeDown(dataDir: string): Promise<void> {
  if (!live.has(dataDir)) return;
  const { code, stderr } = await runBerth(downArguments(dataDir), { limitMs: downLimitMs });
  if (code !== 0) throw new Error(`berth down ended with ${code}: ${stderr}`);
  live.delete(dataDir);
  await rm(dataDir, { recursive: true, force: true });
}

/** Clusters that are up. Whatever ends this process takes them down first. */
const live = new Set<string>();
process.on('exit', () => {
  for (const dataDir of live) {
    const args = ['--enable-source-maps', berth, ...downArguments(dataDir)];
    spawnSync(process.execPath, args, { timeout: downLimitMs });
  }
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}

/** Two ranges that no route of this machine knows. */
async function freeRanges(): Promise<{ readonly pods: string; readonly services: string }> {
  const routes = await succeed('ip', ['route']).catch(() => '');
  const start = Math.floor(Math.random() * rangePairs);
  for (let i = 0; i < rangePairs; i += 1) {
    const second = firstRange + 2 * ((start + i) % rangePairs);
    const [pods, services] = [`10.${second}.`, `10.${second + 1}.`];
    if (routes.includes(` ${pods}`) || routes.includes(`\n${pods}`)) continue;
    if (routes.includes(`\n${services}`)) continue;
    return { pods: `${pods}0.0/16`, services: `${services}0.0/16` };
  }
  throw new Error('no free address range');
}

/** 10.100.0.0/16 to 10.199.0.0/16: what `up` takes when it is not told lies outside. */
const firstRange = 100;
const rangePairs = 50;
