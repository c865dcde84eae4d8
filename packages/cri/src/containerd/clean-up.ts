import { readFile, readdir, readlink, rm, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { RuntimeService } from '../cri.ts';
import { runcRoot } from './config.ts';
import type { ContainerdOptions } from './config.ts';
import { isRunning, signalProcess } from './process.ts';
import { run } from './run.ts';
import { stopContainerd } from './start.ts';

type Place = Pick<ContainerdOptions, 'root' | 'state' | 'socket' | 'runtimeBinary'>;

/** CRI's namespace inside containerd. */
const namespace = 'k8s.io';

/**
 * Ends a node's containerd and everything that runs under it, unmounts what it mounted and removes its state. Images
 * stay. Also right for what an earlier process left behind, and when there is nothing to do.
 */
export async function cleanUpContainerd({
  clock,
  ...place
}: Place & { readonly clock: Clock }): Promise<void> {
  await stopContainerd(place, clock);
  await removeLeftovers(place, clock, () => true);
  for (const mount of await mountsBelow([place.state, place.root])) {
    await run('umount', ['--lazy', mount]);
  }
  await rm(place.state, { recursive: true, force: true });
}

/**
 * Removes what a kill of containerd in the middle of a creation leaves behind: sandboxes that never ran, and shims,
 * containers, network namespaces and addresses of a sandbox that the runtime does not list. A sandbox is not listed
 * before it is complete either, so nothing may be under creation while this runs: an agent calls it when it starts,
 * before its first pod. Resolves to the ids of what it removed.
 */
export async function removeOrphans(
  runtime: RuntimeService,
  { clock, ipamDir, ...place }: Place & OrphanOptions,
): Promise<readonly string[]> {
  const unused = await removeUnused(runtime);
  const listed = new Set([
    ...(await runtime.listPodSandbox()).map(({ id }) => id),
    ...(await runtime.listContainers()).map(({ id }) => id),
  ]);
  const isLeft = (id: string) => !listed.has(id);
  const removed = await removeLeftovers(place, clock, isLeft);
  await removeNetworkNamespaces(place);
  const leases = ipamDir === undefined ? [] : await removeLeases(ipamDir, isLeft);
  return [...new Set([...unused, ...removed, ...leases])];
}

export interface OrphanOptions {
  readonly clock: Clock;
  /** The data directory of the host-local plugin for this node alone; its leases name their sandboxes. */
  readonly ipamDir?: string;
}

/**
 * Sandboxes that are not ready and that nothing was ever made in: containerd lists those again that it had written
 * down before it fell, without the shim that it had started for them, and would forget both apart.
 */
async function removeUnused(runtime: RuntimeService): Promise<readonly string[]> {
  const used = new Set((await runtime.listContainers()).map(({ podSandboxId }) => podSandboxId));
  const unused = (await runtime.listPodSandbox()).filter(
    ({ id, state }) => state !== 'SANDBOX_READY' && !used.has(id),
  );
  for (const { id } of unused) {
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
  }
  return unused.map(({ id }) => id);
}

/** Those that no process lives in; the one of a complete sandbox holds at least its pause. */
async function removeNetworkNamespaces({ state }: Place): Promise<void> {
  const dir = join(state, 'io.containerd.grpc.v1.cri/netns');
  const inUse = new Set(await networkNamespacesInUse());
  for (const name of await entriesOf(dir)) {
    const path = join(dir, name);
    const { ino } = await stat(path);
    if (inUse.has(ino)) continue;
    // A name whose mount is gone already is only a file.
    await run('umount', [path]).catch(() => undefined);
    await rm(path, { force: true });
  }
}

async function networkNamespacesInUse(): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const links = await Promise.all(
    pids.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => '')),
  );
  return links.map((link) => Number(/\d+/.exec(link)?.[0]));
}

/** One file for each address; its first line is the id it is leased to. */
async function removeLeases(
  ipamDir: string,
  isLeft: (id: string) => boolean,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const network of await entriesOf(ipamDir)) {
    const dir = join(ipamDir, network);
    for (const address of (await readdir(dir)).filter((name) => isIP(name))) {
      const lease = join(dir, address);
      const id = (await readFile(lease, 'utf8')).split(/\s/)[0] ?? '';
      if (!isLeft(id)) continue;
      await rm(lease);
      removed.push(id);
    }
  }
  return removed;
}

async function removeLeftovers(
  place: Place,
  clock: Clock,
  isLeft: (id: string) => boolean,
): Promise<readonly string[]> {
  const containers = (await entriesOf(join(runcRoot(place), namespace))).filter(isLeft);
  const shims = (await shimsOf(place.socket)).filter(({ id }) => isLeft(id));
  const sockets = await Promise.all(shims.map(({ id }) => shimSocket(place, id)));
  const runc = place.runtimeBinary ?? 'runc';
  for (const id of containers) {
    const root = join(runcRoot(place), namespace);
    await run(runc, ['--root', root, 'delete', '--force', id]);
  }
  for (const { pid } of shims) signalProcess(pid, 'SIGKILL');
  for (const { pid } of shims) await untilGone(pid, clock);
  for (const socket of sockets) if (socket) await rm(socket, { force: true });
  const removed = [...new Set([...containers, ...shims.map(({ id }) => id)])];
  await removeNetworkResults(removed);
  return removed;
}

/** Where the library that runs network plugins keeps their answers, for all containerds together. */
const networkResults = '/var/lib/cni/results';

/** `<network>-<sandbox>-<interface>` */
async function removeNetworkResults(ids: readonly string[]): Promise<void> {
  for (const name of await entriesOf(networkResults)) {
    if (ids.some((id) => name.includes(`-${id}-`))) {
      await rm(join(networkResults, name), { force: true });
    }
  }
}

interface Shim {
  readonly pid: number;
  readonly id: string;
}

/** A shim names its sandbox and the containerd it answers to on its command line. */
async function shimsOf(socket: string): Promise<readonly Shim[]> {
  const found: Shim[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!pid) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const id = argument(words, '-id');
    const isShim = words[0]?.includes('containerd-shim') && argument(words, '-address') === socket;
    if (isShim && id) found.push({ pid, id });
  }
  return found;
}

const argument = (words: readonly string[], flag: string): string | undefined => {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
};

/** Shims of all containerds share one directory for their sockets, and a killed shim leaves its own there. */
async function shimSocket({ state }: Place, id: string): Promise<string | undefined> {
  const file = join(state, 'io.containerd.runtime.v2.task', namespace, id, 'address');
  const address = await readFile(file, 'utf8').catch(() => '');
  return /^unix:\/\/(\/run\/containerd\/s\/[0-9a-f]+)$/.exec(address.trim())?.[1];
}

async function untilGone(pid: number, clock: Clock): Promise<void> {
  // A killed process is gone when its parent has noticed, which needs no more than a moment.
  for (let tries = 0; tries < 200 && isRunning(pid); tries++) await sleep(clock, 5);
}

async function mountsBelow(dirs: readonly string[]): Promise<readonly string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  const points = table.split('\n').map((line) => line.split(' ')[1] ?? '');
  const below = points.filter((point) => dirs.some((dir) => point.startsWith(`${dir}/`)));
  return below.reverse();
}

const entriesOf = (dir: string): Promise<readonly string[]> =>
  readdir(dir).catch((err: unknown) => {
    if (err instanceof Error && 'code' in err && err.code === 'ENOENT') return [];
    throw err;
  });
