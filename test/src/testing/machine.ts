import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { runCommand, succeed } from './command.ts';

/** How one cluster is called in names of bridges, namespaces, cgroups and run directories of this machine. */
export const clusterId = (dataDir: string): string =>
  createHash('sha256').update(dataDir).digest('hex').slice(0, 6);

export const netnsOf = (dataDir: string, node: string): string =>
  `berth-${clusterId(dataDir)}-${node}`;

/** The machine's end of a node's cable. */
export const vethOf = (dataDir: string, nodeNumber: number): string =>
  `bv${clusterId(dataDir)}-${nodeNumber}`;

export const inNetns = (netns: string, ...command: readonly string[]): Promise<string> =>
  succeed('ip', ['netns', 'exec', netns, ...command]);

export interface Trace {
  readonly what: string;
  readonly where: string;
}

/** Everything on this machine, but for its data, that belongs to a cluster or was made for it. */
export async function tracesOf(
  dataDir: string,
  ranges: readonly string[],
): Promise<readonly Trace[]> {
  const id = clusterId(dataDir);
  const isOurs = (text: string) =>
    text.includes(dataDir) || text.includes(`berth${id}`) || text.includes(`/run/berth/${id}`);
  const lines = async (command: string, ...args: readonly string[]) =>
    (await runCommand(command, args)).stdout.split('\n');
  const named = (what: string, found: readonly string[]) =>
    found.map((where) => ({ what, where: where.trim() }));
  const prefixes = ranges.map((range) => range.split('.').slice(0, 2).join('.'));
  return [
    ...named('process', (await processes()).filter(isOurs)),
    ...named(
      'network namespace',
      (await lines('ip', 'netns', 'list')).filter((line) => line.startsWith(`berth-${id}-`)),
    ),
    ...named(
      'interface',
      (await lines('ip', '-o', 'link')).filter((line) =>
        new RegExp(`: (berth|bv)${id}`).test(line),
      ),
    ),
    ...named(
      'route',
      (await lines('ip', 'route')).filter(
        (line) => isOurs(line) || prefixes.some((prefix) => line.startsWith(`${prefix}.`)),
      ),
    ),
    ...named(
      'packet filter',
      (await lines('nft', 'list', 'ruleset')).filter(
        (line) => isOurs(line) || prefixes.some((prefix) => line.includes(` ${prefix}.`)),
      ),
    ),
    ...named('mount', (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter(isOurs)),
    ...named('cgroup', await cgroupsNamed(id)),
    ...named(
      'run directory',
      (await readdir('/run/berth').catch(() => [])).filter((name) => name === id),
    ),
  ];
}

/** Command lines of all processes; those that end meanwhile are left out. */
async function processes(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return `${pid} ${line.replaceAll('\0', ' ')}`;
    }),
  );
  return found.filter((line) => !line.startsWith(`${process.pid} `));
}

/** Below `berth` in every hierarchy. */
async function cgroupsNamed(id: string): Promise<readonly string[]> {
  const paths = await readdir('/sys/fs/cgroup', { recursive: true }).catch(() => []);
  return paths.filter((path) => basename(path) === id && path.split('/').at(-2) === 'berth');
}
