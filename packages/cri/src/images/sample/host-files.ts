import { access, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '../../containerd/run.ts';
import type { LayerEntry } from '../layer.ts';

const searchPath = ['/bin', '/usr/bin', '/sbin', '/usr/sbin'];

/** glibc loads these by name, so that no executable lists them; since 2.34 they are part of libc. */
const loadedByName = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/**
 * Executables of this machine as entries of a layer, under `/bin`, with the libraries they load at the paths where
 * their loader looks for them. Names this machine does not have are left out.
 */
export async function hostTools(names: readonly string[]): Promise<readonly LayerEntry[]> {
  const tools = await Promise.all(names.map(async (name) => ({ name, file: await find(name) })));
  const found = tools.flatMap(({ name, file }) => (file ? [{ path: `bin/${name}`, file }] : []));
  const libraries = await librariesOf(found.map(({ file }) => file));
  return [...found.map(({ path, file }) => ({ path, hostPath: file, mode: 0o755 })), ...libraries];
}

/** What these executables load, the loader among them. */
export async function librariesOf(executables: readonly string[]): Promise<readonly LayerEntry[]> {
  const paths = new Set((await ldd(executables)).flatMap(parseLdd));
  const libc = [...paths].find((path) => basename(path).startsWith('libc.so'));
  for (const name of libc ? loadedByName : []) {
    const path = join(dirname(libc!), name);
    if (await exists(path)) paths.add(path);
  }
  return Promise.all(
    [...paths].map(async (path) => ({ path, hostPath: await realpath(path), mode: 0o755 })),
  );
}

/** The absolute paths in what `ldd` prints; nothing for a static executable. */
export const parseLdd = (output: string): readonly string[] =>
  output.split('\n').flatMap((line) => /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1] ?? []);

/** One process for all of them; it fails when one is static, and then each is asked by itself. */
const ldd = (files: readonly string[]): Promise<readonly string[]> =>
  run('ldd', files).then(
    (output) => [output],
    () => Promise.all(files.map((file) => run('ldd', [file]).catch(() => ''))),
  );

async function find(name: string): Promise<string | undefined> {
  for (const dir of searchPath) {
    const path = join(dir, name);
    if (await exists(path)) return realpath(path);
  }
  return undefined;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
