import type { Pod } from '@berth/api';
import { join } from 'node:path';

/** Where an agent keeps what pods need on the node. Both roots are absolute. */
export interface NodePaths {
  /** kubelet's root directory: pod directories lie below `pods`. */
  readonly dataDir: string;
  /** `/var/log/pods`: container logs, in the layout that log collectors know. */
  readonly podLogsDir: string;
}

/** Names that come from the API are checked there; here nothing may lead out of its folder all the same. */
export function safeName(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new Error(`not a file name: ${JSON.stringify(name)}`);
  }
  return name;
}

export const podsDir = ({ dataDir }: NodePaths): string => join(dataDir, 'pods');

/** A tmpfs for what must not reach a disk. */
export const memoryDir = ({ dataDir }: NodePaths): string => join(dataDir, 'memory');

export const podDir = (paths: NodePaths, uid: string): string =>
  join(podsDir(paths), safeName(uid));

export const podMemoryDir = (paths: NodePaths, uid: string): string =>
  join(memoryDir(paths), safeName(uid));

export const volumeDir = (paths: NodePaths, uid: string, plugin: string, name: string): string =>
  join(podDir(paths, uid), 'volumes', `kubernetes.io~${plugin}`, safeName(name));

export const containerDir = (paths: NodePaths, uid: string, name: string): string =>
  join(podDir(paths, uid), 'containers', safeName(name));

export const subPathDir = (paths: NodePaths, uid: string): string =>
  join(podDir(paths, uid), 'volume-subpaths');

export const hostsPath = (paths: NodePaths, uid: string): string =>
  join(podDir(paths, uid), 'etc-hosts');

/** `<namespace>_<name>_<uid>` below the root of pod logs. */
export const podLogDir = ({ podLogsDir }: NodePaths, { metadata }: Pod): string =>
  join(
    podLogsDir,
    `${safeName(metadata.namespace ?? '')}_${safeName(metadata.name)}_${safeName(metadata.uid)}`,
  );

/** The uid that the name of a pod's log directory ends with. */
export const uidOfLogDir = (name: string): string | undefined => name.split('_')[2];
