import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Mount } from '../../cri.ts';

/** A container's files: its mounts are the host's own, the rest is kept in memory as long as the container. */
export interface Files {
  /** Rejects with the words a shell prints. */
  read(path: string): Promise<Uint8Array>;
  write(path: string, data: Uint8Array, how: 'replace' | 'append'): Promise<void>;
}

/** A simulated container has no disk to fill. */
const maxBytes = 1 << 20;

export function createFiles(mounts: readonly Mount[]): Files {
  const own = new Map<string, Buffer>();
  // The longest path first: a mount inside another one hides what is there.
  const sorted = mounts.toSorted((a, b) => b.containerPath.length - a.containerPath.length);
  const locate = (path: string) => {
    const normal = posix.normalize(path);
    const mount = sorted.find(({ containerPath }) => isBelow(normal, containerPath));
    if (!mount) return { path: normal };
    const rest = posix.relative(mount.containerPath, normal);
    return { path: normal, mount, hostPath: posix.join(mount.hostPath, rest) };
  };
  const used = () => [...own.values()].reduce((sum, { length }) => sum + length, 0);

  return {
    async read(path) {
      const found = locate(path);
      if (found.mount) return readFile(found.hostPath).catch(inWords);
      const data = own.get(found.path);
      if (!data) throw new Error('No such file or directory');
      return data;
    },
    async write(path, data, how) {
      const found = locate(path);
      if (found.mount?.readonly) throw new Error('Read-only file system');
      if (found.mount) {
        const write = how === 'append' ? appendFile : writeFile;
        return write(found.hostPath, data).catch(inWords);
      }
      if (used() + data.length > maxBytes) throw new Error('No space left on device');
      const before = how === 'append' ? own.get(found.path) : undefined;
      own.set(found.path, Buffer.concat([before ?? Buffer.alloc(0), data]));
    },
  };
}

const isBelow = (path: string, dir: string) =>
  path === dir || path.startsWith(dir.endsWith('/') ? dir : `${dir}/`);

const words: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EACCES: 'Permission denied',
};

function inWords(err: unknown): never {
  const code = err instanceof Error && 'code' in err ? String(err.code) : '';
  throw new Error(words[code] ?? 'Input/output error', { cause: err });
}
