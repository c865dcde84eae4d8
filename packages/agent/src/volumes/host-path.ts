import type { HostPathVolumeSource } from '@berth/api';
import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';

interface Kind {
  readonly matches: (stats: Stats) => boolean;
  readonly noun: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  Directory: { matches: (s) => s.isDirectory(), noun: 'a directory' },
  File: { matches: (s) => s.isFile(), noun: 'a file' },
  Socket: { matches: (s) => s.isSocket(), noun: 'a socket file' },
  CharDevice: { matches: (s) => s.isCharacterDevice(), noun: 'a character device' },
  BlockDevice: { matches: (s) => s.isBlockDevice(), noun: 'a block device' },
};

/** Checks that a path of the node is what the pod expects there, and makes it when the pod may have it made. */
export async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<void> {
  if (type === '') return;
  const kind = kinds[type.replace(/OrCreate$/, '')];
  if (!kind) throw new Error(`${type} is an invalid volume type`);
  const stats = await stat(path).catch(() => undefined);
  if (!stats && type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (!stats && type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
  else if (!stats || !kind.matches(stats)) {
    throw new Error(`hostPath type check failed: ${path} is not ${kind.noun}`);
  }
}
