import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemMounter, unmountBelow } from '@berth/agent';
import type { Clock } from '@berth/component-base';
import { cleanUpContainerd } from '@berth/cri';
import { nodePaths } from '../data-dir.ts';
import type { ClusterPaths } from '../data-dir.ts';
import { planHostNetwork } from '../host/network-plan.ts';
import { removeHostNetwork } from '../host/network.ts';
import type { ClusterState } from './cluster-state.ts';
import { endProcess } from './process-table.ts';
import { containerdPlace } from './real-node.ts';

/**
 * Removes everything that an `up` made on this machine but the data: processes, containers, mounts, namespaces, the
 * bridge with its routes, cgroups. Right at any time, also after a crash, and when there is nothing left to do.
 */
export async function tearDown(
  paths: ClusterPaths,
  state: ClusterState,
  clock: Clock,
): Promise<void> {
  const programs = Object.entries(state.programs).filter(
    ([name]) => !name.startsWith('containerd-'),
  );
  await Promise.all(programs.map(([, program]) => endProcess(program, { clock, limitMs: 10_000 })));
  if (state.runtime === 'containerd') {
    for (const name of state.nodes) await tearDownNode(paths, name, clock);
    await removeHostNetwork(planHostNetwork(paths.id, state.nodes));
    await removeCgroups(join('berth', paths.id));
    const sockets = join('/run/berth', paths.id);
    await rm(sockets, { recursive: true, force: true });
    await rmdir(dirname(sockets)).catch(() => undefined);
  }
  await rm(paths.readyFile, { force: true });
  await rm(paths.stateFile, { force: true });
}

async function tearDownNode(paths: ClusterPaths, name: string, clock: Clock): Promise<void> {
  const node = nodePaths(paths, name);
  await cleanUpContainerd({ ...containerdPlace({ paths, node }), clock });
  await unmountBelow(systemMounter, join(paths.nodes, name));
}

const cgroupMount = '/sys/fs/cgroup';

/** A cgroup is removed like an empty folder, its children first, in every hierarchy. */
async function removeCgroups(path: string): Promise<void> {
  const hierarchies = await readdir(cgroupMount, { withFileTypes: true }).catch(() => []);
  const roots = [
    cgroupMount,
    ...hierarchies.filter((d) => d.isDirectory()).map(({ name }) => join(cgroupMount, name)),
  ];
  for (const root of roots) {
    await removeTree(join(root, path));
    // The folder that all clusters share goes with the last of them.
    await rmdir(dirname(join(root, path))).catch(() => undefined);
  }
}

async function removeTree(path: string): Promise<void> {
  const children = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await removeTree(join(path, child.name));
  await rmdir(path).catch(() => undefined);
}
