import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import type { Mounter } from './mounter.ts';

/** Names a file without following links and without opening it (`O_PATH`, which Node does not name). */
const pathOnly = 0o10000000 | constants.O_NOFOLLOW;

export interface SubPathRequest {
  readonly volume: string;
  /** Relative, without `..`. */
  readonly subPath: string;
  /** Where the bind mount goes. */
  readonly target: string;
}

/**
 * Gives a path of the node that holds what `subPath` names within the volume, whatever the pod's own containers do
 * to the volume meanwhile: links may not lead out of it, and what was checked is what gets mounted. Made as a folder
 * when it does not exist.
 */
export async function prepareSubPath(
  { volume, subPath, target }: SubPathRequest,
  mounter: Mounter,
): Promise<string> {
  const root = await realpath(volume);
  const segments = checkedSegments(subPath);
  const handle = await walk(root, await resolveLinks(root, segments));
  try {
    const held = `/proc/${process.pid}/fd/${handle.fd}`;
    if (!mounter.canMount) return await realpath(held);
    // A mount that an earlier run of the container left here may hold something else.
    if (await exists(target)) await mounter.unmount(target).catch(() => undefined);
    await makeTarget(target, (await stat(held)).isDirectory());
    await mounter.bind(held, target);
    return target;
  } finally {
    await handle.close();
  }
}

function checkedSegments(subPath: string): readonly string[] {
  const segments = subPath.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (subPath.startsWith('/') || segments.includes('..')) {
    throw new Error(`subPath ${JSON.stringify(subPath)} must be a relative path without ".."`);
  }
  return segments;
}

/** The same place without links, as far as it exists. */
async function resolveLinks(root: string, segments: readonly string[]): Promise<readonly string[]> {
  for (let known = segments.length; known > 0; known -= 1) {
    const real = await realpath(join(root, ...segments.slice(0, known))).catch(() => undefined);
    if (real === undefined) continue;
    const inside = relative(root, real);
    if (inside === '..' || inside.startsWith('../')) {
      throw new Error(`subpath "${segments.join('/')}" not within volume path "${root}"`);
    }
    return [...inside.split('/').filter(Boolean), ...segments.slice(known)];
  }
  return segments;
}

/** Goes down from `root` one name at a time, each seen from the descriptor before it, so that no link is followed. */
async function walk(root: string, segments: readonly string[]): Promise<FileHandle> {
  let at = await open(root, pathOnly | constants.O_DIRECTORY);
  for (const [index, segment] of segments.entries()) {
    const here = `/proc/self/fd/${at.fd}/${segment}`;
    const isLast = index === segments.length - 1;
    try {
      await mkdir(here, 0o750).catch(ignoreExisting);
      const next = await open(here, pathOnly | (isLast ? 0 : constants.O_DIRECTORY));
      await at.close();
      at = next;
      await refuseLink(next);
    } catch (err) {
      await at.close();
      throw err;
    }
  }
  return at;
}

/** `O_PATH` with `O_NOFOLLOW` names a link itself; it must not be mounted. */
async function refuseLink(handle: FileHandle): Promise<void> {
  if ((await handle.stat()).isSymbolicLink()) throw new Error('subpath changed into a link');
}

function ignoreExisting(err: unknown): void {
  if (!(err instanceof Error && 'code' in err && err.code === 'EEXIST')) throw err;
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function makeTarget(target: string, isDirectory: boolean): Promise<void> {
  await mkdir(isDirectory ? target : dirname(target), { recursive: true, mode: 0o750 });
  if (!isDirectory) await writeFile(target, '', { flag: 'a', mode: 0o640 });
}
