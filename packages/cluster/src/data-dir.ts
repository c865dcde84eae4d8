import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where everything of one cluster lies; all of it below the data directory. */
export interface ClusterPaths {
  readonly dataDir: string;
  /** Six hex digits that stand for the data directory in names of bridges, namespaces and cgroups. */
  readonly id: string;
  readonly pki: string;
  readonly store: string;
  readonly logs: string;
  /** What runs and what was made on this machine; `down` reads it. */
  readonly stateFile: string;
  readonly readyFile: string;
  readonly adminKubeconfig: string;
  readonly images: string;
  readonly nodes: string;
}

export function clusterPaths(dataDir: string): ClusterPaths {
  return {
    dataDir,
    id: createHash('sha256').update(dataDir).digest('hex').slice(0, 6),
    pki: join(dataDir, 'pki'),
    store: join(dataDir, 'store'),
    logs: join(dataDir, 'logs'),
    stateFile: join(dataDir, 'cluster.json'),
    readyFile: join(dataDir, 'ready.json'),
    adminKubeconfig: join(dataDir, 'admin.kubeconfig'),
    images: join(dataDir, 'images'),
    nodes: join(dataDir, 'nodes'),
  };
}

export interface NodePaths {
  readonly name: string;
  /** The agent's own data: certificate, pods' volumes, logs. */
  readonly agent: string;
  readonly containerdRoot: string;
  readonly containerdState: string;
  readonly socket: string;
  readonly cniConf: string;
}

/**
 * A unix socket's path has at most 107 bytes, and containerd's state must not outlive a reboot: both lie below
 * `runDir`, not below a data directory that may be deep.
 */
export function nodePaths(paths: ClusterPaths, name: string, runDir = '/run/berth'): NodePaths {
  const own = join(paths.nodes, name);
  const run = join(runDir, paths.id, name);
  return {
    name,
    agent: join(own, 'agent'),
    containerdRoot: join(own, 'containerd'),
    containerdState: join(run, 'containerd'),
    socket: join(run, 'containerd.sock'),
    cniConf: join(own, 'cni'),
  };
}

/** `node-1`, `node-2`, … */
export const nodeNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `node-${i + 1}`);
