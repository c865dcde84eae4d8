import { execFile } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Mounts of this machine, as far as volumes need them. */
export interface Mounter {
  /** False where the process may not mount: volumes then make do with plain folders. */
  readonly canMount: boolean;
  tmpfs(target: string, sizeBytes: number | undefined): Promise<void>;
  /** `source` is taken as it is: `/proc/<pid>/fd/<n>` names what that descriptor holds. */
  bind(source: string, target: string): Promise<void>;
  unmount(target: string): Promise<void>;
  /** Everything mounted at or below `root`, the deepest and newest first. */
  mountsBelow(root: string): Promise<readonly string[]>;
}

/** Through mount(8), for root. */
export const systemMounter: Mounter = {
  canMount: process.getuid?.() === 0,
  async tmpfs(target, sizeBytes) {
    const size = sizeBytes === undefined ? [] : ['-o', `size=${sizeBytes}`];
    await run('mount', ['-t', 'tmpfs', ...size, 'tmpfs', target]);
  },
  async bind(source, target) {
    await run('mount', ['--no-canonicalize', '--bind', source, target]);
  },
  async unmount(target) {
    await run('umount', [target]);
  },
  async mountsBelow(root) {
    // The table names places without links; what is overlooked here might be deleted through its mount.
    const real = await realpath(root).catch(() => root);
    const table = await readFile('/proc/self/mountinfo', 'utf8');
    return parseMountPoints(table)
      .filter((point) => point === real || point.startsWith(`${real}/`))
      .reverse();
  },
};

/** The mount points of a mountinfo table, in its order. */
export const parseMountPoints = (table: string): readonly string[] =>
  table
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((point) =>
      point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    );

/** Unmounts all that is mounted at or below `root`: what an agent leaves behind when it is done for good. */
export async function unmountBelow(mounter: Mounter, root: string): Promise<void> {
  for (const point of await mounter.mountsBelow(root)) await mounter.unmount(point);
}
