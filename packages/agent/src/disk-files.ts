import type { Pod } from '@berth/api';
import type { Mount } from '@berth/cri';
import { appendFile, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { mountsOver, terminationMount, volumeMounts } from './container-mounts.ts';
import { hostNetworkHosts, podHosts } from './hosts-file.ts';
import { parseLogLine, shownLine, splitLines } from './log-format.ts';
import {
  containerDir,
  hostsPath,
  podLogDir,
  podsDir,
  safeName,
  uidOfLogDir,
} from './node-paths.ts';
import type { NodePaths } from './node-paths.ts';
import type { MountRequest, PodFiles } from './pod-files.ts';
import { usesHostNetwork } from './pod-spec.ts';
import type { SpecContainer } from './pod-spec.ts';
import { podFqdn, podHostname } from './sandbox-config.ts';
import type { Mounter } from './volumes/mounter.ts';
import type { Volumes } from './volumes/volumes.ts';

const maxMessageBytes = 4096;
const maxTailBytes = 2048;
const maxTailLines = 80;

export interface DiskFilesOptions {
  readonly paths: NodePaths;
  readonly volumes: Volumes;
  readonly mounter: Mounter;
  readonly clusterDomain: string;
}

/** Pods' files where they belong on a real node. */
export function createDiskFiles(options: DiskFilesOptions): PodFiles {
  const { paths, volumes, mounter } = options;
  const hosts = createHostsFiles(options);
  return {
    volumes,
    logDirectory: (pod) => podLogDir(paths, pod),
    async mounts(request) {
      const { pod, spec, attempt } = request;
      const logs = join(podLogDir(paths, pod), safeName(spec.container.name));
      const [own, shared, message] = await Promise.all([
        volumeMounts(paths, mounter, request),
        hosts.mount(request),
        terminationMount(paths, pod.metadata.uid, spec.container, attempt),
        mkdir(logs, { recursive: true, mode: 0o755 }),
      ]);
      return [...own, ...shared, ...message];
    },
    writeHosts: hosts.write,
    terminationMessage: async (hostPath) =>
      (await readEnd(hostPath, 'first', maxMessageBytes)).toString('utf8'),
    async logTail(logPath) {
      const { lines } = splitLines(await readEnd(logPath, 'last', 4 * maxTailBytes));
      const parsed = lines.slice(-maxTailLines).flatMap((line) => parseLogLine(line) ?? []);
      const text = Buffer.concat(parsed.map(shownLine));
      return text.subarray(-maxTailBytes).toString('utf8');
    },
    async removeContainer(uid, { name, attempt, logPath }) {
      await rm(join(containerDir(paths, uid, name), String(attempt)), { force: true });
      // The runtime says where it logged to; nothing else is taken away at its word.
      if (logPath.startsWith(`${paths.podLogsDir}/`)) await removeLog(logPath);
    },
    async removePod(uid) {
      await volumes.remove(uid);
      await removePodLogs(paths, uid);
    },
    async uids() {
      const [dirs, logs] = await Promise.all([names(podsDir(paths)), names(paths.podLogsDir)]);
      return [...new Set([...dirs, ...logs.flatMap((name) => uidOfLogDir(name) ?? [])])];
    },
  };
}

async function removeLog(path: string): Promise<void> {
  const name = basename(path);
  const isIts = (found: string) => found === name || found.startsWith(`${name}.`);
  const found = (await names(dirname(path))).filter(isIts);
  for (const file of found) await rm(join(dirname(path), file), { force: true });
}

/** Nothing of the pod may log any more. */
export async function removePodLogs({ podLogsDir }: NodePaths, uid: string): Promise<void> {
  for (const name of await names(podLogsDir)) {
    if (uidOfLogDir(name) !== uid) continue;
    await rm(join(podLogsDir, name), { recursive: true, force: true });
  }
}

const names = (dir: string) => readdir(dir).catch((): string[] => []);

const etcHosts = '/etc/hosts';

/** /etc/hosts is one file per pod, shared by its containers, which hold it by its inode: it is written in place. */
function createHostsFiles({ paths, clusterDomain }: DiskFilesOptions) {
  const mode = { dir: 0o750, file: 0o644 };
  const pathOf = async (pod: Pod, { container }: SpecContainer): Promise<string | undefined> => {
    if (mountsOver(container, etcHosts)) return undefined;
    const path = hostsPath(paths, pod.metadata.uid);
    await mkdir(dirname(path), { recursive: true, mode: mode.dir });
    return path;
  };
  const contentOf = async (pod: Pod, podIps: readonly string[]): Promise<string> => {
    const aliases = pod.spec.hostAliases ?? [];
    if (usesHostNetwork(pod)) {
      return hostNetworkHosts(await readFile(etcHosts, 'utf8').catch(() => ''), aliases);
    }
    const fqdn = podFqdn(pod, clusterDomain);
    const ownNames = fqdn ? [`${fqdn}\t${podHostname(pod)}`] : [podHostname(pod)];
    return podHosts(podIps, ownNames, aliases);
  };
  return {
    async mount({ pod, spec }: MountRequest): Promise<readonly Mount[]> {
      const hostPath = await pathOf(pod, spec);
      if (hostPath === undefined) return [];
      await appendFile(hostPath, '', { mode: mode.file });
      return [{ containerPath: etcHosts, hostPath }];
    },
    async write(pod: Pod, spec: SpecContainer, podIps: readonly string[]): Promise<void> {
      const path = await pathOf(pod, spec);
      if (path !== undefined)
        await writeFile(path, await contentOf(pod, podIps), { mode: mode.file });
    },
  };
}

async function readEnd(path: string, end: 'first' | 'last', bytes: number): Promise<Buffer> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    const position = end === 'first' ? 0 : Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
