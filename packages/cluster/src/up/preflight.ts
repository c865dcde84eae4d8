import { access, readFile } from 'node:fs/promises';
import { run, succeeds } from '../host/run.ts';

export type Runtime = 'containerd' | 'simulated';

export interface Machine {
  readonly isRoot: boolean;
  /** Commands that real nodes need and this machine lacks. */
  readonly missing: readonly string[];
  /** Debian or Ubuntu, where the missing can be installed. */
  readonly hasApt: boolean;
  readonly isLinux: boolean;
}

export type RuntimePlan =
  | { readonly kind: 'use'; readonly runtime: Runtime; readonly why: string }
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'impossible'; readonly why: string };

/** What carries which command in Debian. */
const packages = ['containerd', 'runc', 'containernetworking-plugins', 'nftables'] as const;

/** Which runtime to use. What was asked for and cannot be had is refused, not replaced. */
export function planRuntime(asked: 'auto' | Runtime, machine: Machine): RuntimePlan {
  if (asked === 'simulated') return { kind: 'use', runtime: 'simulated', why: 'asked for' };
  const problem = problemOf(machine);
  if (!problem && machine.missing.length === 0) {
    return { kind: 'use', runtime: 'containerd', why: 'containerd is installed' };
  }
  if (!problem) return { kind: 'install', packages };
  return asked === 'auto'
    ? { kind: 'use', runtime: 'simulated', why: problem }
    : { kind: 'impossible', why: problem };
}

function problemOf({ isRoot, missing, hasApt, isLinux }: Machine): string | undefined {
  if (!isLinux) return 'containers need Linux';
  if (!isRoot) return 'containers need root';
  if (missing.length > 0 && !hasApt) {
    return `${missing.join(', ')} not found, and this is neither Debian nor Ubuntu`;
  }
  return undefined;
}

const needed = ['containerd', 'runc', 'nft', 'ip', 'nsenter'];
export const cniBinDir = '/usr/lib/cni';

export async function inspectMachine(): Promise<Machine> {
  const found = await Promise.all(needed.map((command) => succeeds('which', command)));
  const hasCni = await exists(`${cniBinDir}/bridge`);
  return {
    isRoot: process.getuid?.() === 0,
    isLinux: process.platform === 'linux',
    hasApt: await succeeds('which', 'apt-get'),
    missing: [...needed.filter((_, i) => !found[i]), ...(hasCni ? [] : ['CNI plugins'])],
  };
}

export async function install(names: readonly string[]): Promise<void> {
  // No service of the package is to start: every node gets a containerd of its own.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  await run('env', ...settings, 'apt-get', 'update', '-q');
  await run('env', ...settings, 'apt-get', 'install', '-qy', '--no-install-recommends', ...names);
}

/** Whether processes may lower their OOM score; without it containers that ask for it fail to start. */
export async function hasSysResource(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0';
  const sysResource = 24n;
  return ((BigInt(`0x${effective}`) >> sysResource) & 1n) === 1n;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
