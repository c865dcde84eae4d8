import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Payload } from './projection.ts';

export interface Owner {
  /** Files and folders also belong to this group, which may read them. */
  readonly group?: number | undefined;
  readonly user?: number | undefined;
}

/** The link that readers go through; renaming it swaps all files at once. */
const dataLink = '..data';

/**
 * Makes a volume hold exactly `payload`: readers see all of the old files or all of the new ones. What is shown are
 * links through `..data` to a folder named after the moment it was written. Does nothing when nothing changes.
 */
export async function writePayload(
  dir: string,
  payload: Payload,
  owner: Owner,
  now: number,
): Promise<boolean> {
  const old = await readlink(join(dir, dataLink)).catch(() => undefined);
  if (old !== undefined && (await holds(join(dir, old), payload, owner))) return false;
  const fresh = await writeFolder(dir, payload, owner, now);
  await rm(join(dir, '..data_tmp'), { force: true });
  await symlink(fresh, join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, dataLink));
  await showNames(dir, new Set([...payload.keys()].map((path) => path.split('/')[0] ?? '')));
  if (old !== undefined) await rm(join(dir, old), { recursive: true, force: true });
  return true;
}

/** Whether the volume was ever written. */
export const hasPayload = (dir: string): Promise<boolean> =>
  readlink(join(dir, dataLink)).then(
    () => true,
    () => false,
  );

const stamp = (now: number) =>
  `..${new Date(now).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_')}.`;

async function writeFolder(dir: string, payload: Payload, owner: Owner, now: number) {
  const folder = await mkdtemp(join(dir, stamp(now)));
  await openFolder(folder, owner);
  for (const [path, { data, mode }] of payload) {
    const file = join(folder, path);
    await makeFolders(folder, dirname(path), owner);
    await writeFile(file, data, { mode: 0o600 });
    await chmod(file, modeFor(mode, owner));
    await own(file, owner);
  }
  return folder.slice(dir.length + 1);
}

const modeFor = (mode: number, { group }: Owner) => (group === undefined ? mode : mode | 0o440);

async function makeFolders(root: string, path: string, owner: Owner): Promise<void> {
  if (path === '.') return;
  await makeFolders(root, dirname(path), owner);
  const made = await mkdir(join(root, path), { recursive: true });
  if (made) await openFolder(join(root, path), owner);
}

/** A folder that a group owns hands the group on to what is made in it. */
async function openFolder(folder: string, owner: Owner): Promise<void> {
  await own(folder, owner);
  await chmod(folder, owner.group === undefined ? 0o755 : 0o2775);
}

const own = async (path: string, { user, group }: Owner): Promise<void> => {
  if (user !== undefined || group !== undefined) await chown(path, user ?? 0, group ?? 0);
};

/** Whether a folder holds these files and no others, with these modes. */
async function holds(folder: string, payload: Payload, owner: Owner): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory());
  if (files.length !== payload.size) return false;
  for (const [path, { data, mode }] of payload) {
    const file = join(folder, path);
    const stats = await lstat(file).catch(() => undefined);
    if (!stats?.isFile() || (stats.mode & 0o7777) !== modeFor(mode, owner)) return false;
    if (!(await readFile(file)).equals(data)) return false;
  }
  return true;
}

async function showNames(dir: string, names: ReadonlySet<string>): Promise<void> {
  const shown = (await readdir(dir)).filter((name) => !name.startsWith('..'));
  for (const name of names) {
    if (!shown.includes(name)) await symlink(join(dataLink, name), join(dir, name));
  }
  for (const name of shown) {
    if (!names.has(name)) await rm(join(dir, name), { recursive: true, force: true });
  }
}
