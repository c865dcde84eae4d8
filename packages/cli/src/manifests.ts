import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseYamlDocuments } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { Host } from './host.ts';
import { resourceOfKind } from './resources.ts';
import type { Resource } from './resources.ts';
import { UsageError } from './usage-error.ts';

/** One object of a file. */
export interface Manifest {
  readonly object: KubeObject;
  readonly resource: Resource;
  /** Where it stands, for messages. */
  readonly source: string;
}

export interface FileFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
}

/** The objects of files, of all manifests in a directory, or of stdin (`-`), in the order in which they stand. */
export async function readManifests(
  host: Host,
  resources: readonly Resource[],
  { filename = [], recursive = false }: FileFlags,
): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const source of filename.flatMap((path) => expand(path, recursive))) {
    const text = source === '-' ? await readAll(host.stdin) : host.readFile(source);
    manifests.push(...parseManifests(text, source, resources));
  }
  return manifests;
}

const extensions = new Set(['.json', '.yaml', '.yml']);

/** The files that a path means; `-` is stdin. */
function expand(path: string, recursive: boolean): readonly string[] {
  if (path === '-') return [path];
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new UsageError(`the path ${JSON.stringify(path)} does not exist`);
  if (!stats.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) return recursive ? expand(inside, true) : [];
      return extensions.has(extname(entry.name)) ? [inside] : [];
    });
}

/** Every object of a text; a List stands for its items. Throws `UsageError` that names the source. */
export function parseManifests(
  text: string,
  source: string,
  resources: readonly Resource[],
): readonly Manifest[] {
  let documents;
  try {
    documents = parseYamlDocuments(text);
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw new UsageError(`error parsing ${source}: ${why}`, { cause: err });
  }
  return documents
    .flatMap(({ value }) => itemsOf(value))
    .map((value) => manifestOf(value, source, resources));
}

function itemsOf(value: unknown): readonly unknown[] {
  const isList = isRecord(value) && String(value['kind']).endsWith('List');
  return isList && Array.isArray(value['items']) ? (value['items'] as unknown[]) : [value];
}

function manifestOf(value: unknown, source: string, resources: readonly Resource[]): Manifest {
  const { apiVersion, kind } = isRecord(value) ? value : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !apiVersion || !kind) {
    const missing = typeof kind === 'string' && kind ? 'apiVersion' : 'kind';
    throw new UsageError(`error validating ${source}: ${missing} not set`);
  }
  const resource = resourceOfKind(resources, { apiVersion, kind });
  if (!resource) {
    throw new UsageError(
      `resource mapping not found for ${source}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
    );
  }
  return { object: value as KubeObject, resource, source };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function readAll(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
