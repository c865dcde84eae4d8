import type { Stats } from 'node:fs';
import { lchown, lstat, chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const readWrite = 0o660;
const execute = 0o110;
const setGid = 0o2000;

/**
 * Hands a volume and all that is in it to a group that may read and write it, and lets new files inherit the group.
 * With `OnRootMismatch` a volume whose top already fits is left as it is.
 */
export async function giveToGroup(
  dir: string,
  group: number,
  policy: string | undefined,
): Promise<void> {
  if (policy === 'OnRootMismatch' && fits(await lstat(dir), group)) return;
  await giveTree(dir, group);
}

const fits = ({ gid, mode }: Stats, group: number) =>
  gid === group && (mode & (setGid | readWrite | execute)) === (setGid | readWrite | execute);

/** The top comes last, so that `OnRootMismatch` sees an unfinished run. */
async function giveTree(path: string, group: number): Promise<void> {
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) await giveTree(join(path, name), group);
  }
  await lchown(path, stats.uid, group);
  if (stats.isSymbolicLink()) return;
  const wanted = stats.isDirectory() ? readWrite | execute | setGid : readWrite;
  await chmod(path, (stats.mode & 0o7777) | wanted);
}
