import { dirname, isAbsolute, join } from 'node:path';
import { parseYaml, stringifyJson } from '@berth/api';
import type { Host } from './host.ts';
import { UsageError } from './usage-error.ts';

type Entry = Readonly<Record<string, unknown>> & { readonly name?: string };
type File = Readonly<Record<string, unknown>>;

/**
 * The text of the kubeconfig that a command line and its environment mean: `--kubeconfig`, else the files of
 * `$KUBECONFIG` as one, else `~/.kube/config`, else what `berth up` left in its data directory.
 */
export function readKubeconfig(host: Host, given: string | undefined): string {
  const paths = findKubeconfigs(host, given);
  return mergeKubeconfigs(
    paths.map((path) => ({ dir: dirname(path), text: readOrExplain(host, path) })),
  );
}

function findKubeconfigs(host: Host, given: string | undefined): readonly string[] {
  if (given) return [given];
  const listed = host.env['KUBECONFIG']?.split(':').filter(Boolean) ?? [];
  const candidates = [join(host.homeDir, '.kube/config'), join(host.dataDir, 'admin.kubeconfig')];
  const found =
    listed.length > 0
      ? listed.filter((path) => host.fileExists(path))
      : candidates.filter((path) => host.fileExists(path)).slice(0, 1);
  if (found.length > 0) return found;
  const tried = listed.length > 0 ? listed : candidates;
  throw new UsageError(
    `no kubeconfig: looked for ${tried.join(' and ')}; name one with --kubeconfig, or start a cluster with: berth up`,
  );
}

function readOrExplain({ readFile }: Host, path: string): string {
  try {
    return readFile(path);
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err), { cause: err });
  }
}

const lists = ['clusters', 'users', 'contexts'] as const;
const files = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const;

/** Several files as one: of entries with one name, and of settings, the first wins. File names become absolute. */
export function mergeKubeconfigs(
  sources: readonly { readonly dir: string; readonly text: string }[],
): string {
  const parsed = sources.map(({ dir, text }) => withPaths(asFile(parseYaml(text).value), dir));
  const merged: Record<string, unknown> = {};
  for (const file of parsed) {
    for (const [key, value] of Object.entries(file)) {
      if (!isList(key) && value) merged[key] ??= value;
    }
  }
  for (const list of lists) {
    const byName = new Map<unknown, Entry>();
    for (const entry of parsed.flatMap((file) => entriesOf(file, list))) {
      if (!byName.has(entry.name)) byName.set(entry.name, entry);
    }
    merged[list] = [...byName.values()];
  }
  return stringifyJson(merged);
}

const isList = (key: string) => lists.some((list) => list === key);
const asFile = (value: unknown): File =>
  typeof value === 'object' && value !== null ? (value as File) : {};
const entriesOf = (file: File, list: string): readonly Entry[] =>
  Array.isArray(file[list]) ? (file[list] as readonly Entry[]) : [];

const withPaths = (file: File, dir: string): File => ({
  ...file,
  clusters: entriesOf(file, 'clusters').map((entry) => absolute(entry, 'cluster', dir)),
  users: entriesOf(file, 'users').map((entry) => absolute(entry, 'user', dir)),
});

function absolute(entry: Entry, part: string, dir: string): Entry {
  const settings = asFile(entry[part]);
  const moved = files.flatMap((key): [string, string][] => {
    const path = settings[key];
    return typeof path === 'string' && path && !isAbsolute(path) ? [[key, join(dir, path)]] : [];
  });
  return { ...entry, [part]: { ...settings, ...Object.fromEntries(moved) } };
}
