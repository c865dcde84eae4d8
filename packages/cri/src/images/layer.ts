import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tarOf } from './tar.ts';
import type { TarWriter } from './tar.ts';

/** One entry of a layer; `path` is relative to the image's root, modes default to 0644 and 0755. */
export type LayerEntry =
  | { readonly path: string; readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly path: string; readonly hostPath: string; readonly mode?: number }
  | { readonly path: string; readonly linkTo: string }
  | { readonly path: string; readonly directory: true; readonly mode?: number };

/**
 * A layer as the bytes of a tar file. The same entries give the same bytes: owner root, no times, sorted by path;
 * directories on the way that are not listed are made.
 */
export const packLayer = (entries: readonly LayerEntry[]): AsyncIterable<Uint8Array> =>
  tarOf(async (tar) => {
    for (const entry of withParents(entries)) await addEntry(tar, entry);
  });

async function addEntry(tar: TarWriter, entry: LayerEntry): Promise<void> {
  const name = relative(entry.path);
  if ('linkTo' in entry) {
    return tar.add({ name, type: 'symlink', linkname: entry.linkTo, mode: 0o777 });
  }
  if ('directory' in entry) return tar.add({ name, type: 'directory', mode: entry.mode ?? 0o755 });

  const header = { name, type: 'file', mode: entry.mode ?? 0o644 } as const;
  if ('hostPath' in entry) {
    const { size } = await stat(entry.hostPath);
    return tar.add({ ...header, size }, createReadStream(entry.hostPath, { highWaterMark: chunk }));
  }
  const content = Buffer.from(entry.content);
  return tar.add({ ...header, size: content.length }, [content]);
}

/** Reading an executable of 100 MB in pieces of the default 64 KiB costs twice the time. */
const chunk = 1 << 20;

const relative = (path: string) => path.replace(/^\/+/, '').replace(/\/+$/, '');

function withParents(entries: readonly LayerEntry[]): readonly LayerEntry[] {
  const byPath = new Map(entries.map((entry) => [relative(entry.path), entry]));
  for (const path of [...byPath.keys()]) {
    for (const parent of parentsOf(path)) {
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, directory: true });
    }
  }
  return [...byPath].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function* parentsOf(path: string): Iterable<string> {
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) yield path.slice(0, at);
}
