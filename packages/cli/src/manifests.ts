import { join } from 'node:path';
import { parseYamlDocuments, stringifyJson } from '@berth/api';
import type { ObjectMeta } from '@berth/api';
import type { Host } from './host.ts';
import { UsageError } from './usage-error.ts';

/** An object as somebody wrote it down. */
interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta>;
}

export interface Manifest {
  /** The file it comes from, as it was named; `STDIN` for what was piped in. */
  readonly source: string;
  readonly object: ManifestObject;
}

export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  /** What is odd about the files, and will not be seen by the server. */
  readonly warnings: readonly string[];
}

/** Reads the objects of files, directories and `-` (stdin). Throws `UsageError` in kubectl's words. */
export async function readManifests(
  host: Host,
  paths: readonly string[],
  { recursive = false } = {},
): Promise<ReadManifests> {
  const manifests: Manifest[] = [];
  const warnings: string[] = [];
  for (const path of paths) {
    for (const source of path === '-' ? ['STDIN'] : filesAt(host, path, recursive)) {
      const text = path === '-' ? await readAll(host.stdin) : host.readFile(source);
      for (const { value, duplicates } of parse(text, source)) {
        manifests.push(...objectsOf(value, source));
        warnings.push(...duplicates.map((text) => `${source}: ${text}`));
      }
    }
  }
  return { manifests, warnings };
}

function filesAt(host: Host, path: string, recursive: boolean): readonly string[] {
  if (!host.fileExists(path)) throw new UsageError(`the path "${path}" does not exist`);
  const names = host.readDirectory(path);
  if (!names) return [path];
  const found = names.flatMap((name) => {
    const below = join(path, name);
    if (host.readDirectory(below)) return recursive ? filesAt(host, below, true) : [];
    return /\.(ya?ml|json)$/.test(name) ? [below] : [];
  });
  if (found.length === 0 && !recursive) {
    throw new UsageError(
      `error reading [${path}]: recognized file extensions are [.json .yaml .yml]`,
    );
  }
  return found;
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString('utf8');
}

function parse(text: string, source: string) {
  try {
    return parseYamlDocuments(text);
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw new UsageError(`error parsing ${source}: ${why}`, { cause: err });
  }
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list stands for what is in it. */
function objectsOf(value: unknown, source: string): readonly Manifest[] {
  const text = () => stringifyJson(value).slice(0, 200);
  const refuse = (why: string) => new UsageError(`unable to decode "${source}": ${why}`);
  if (!isObject(value)) throw refuse(`json: cannot unmarshal ${text()} into an object`);
  const { kind, apiVersion, items, metadata } = value;
  if (typeof kind !== 'string' || kind === '') {
    throw refuse(`Object 'Kind' is missing in '${text()}'`);
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    throw refuse(`Object 'apiVersion' is missing in '${text()}'`);
  }
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item: unknown) => objectsOf(item, source));
  }
  const object = { ...value, apiVersion, kind, metadata: isObject(metadata) ? metadata : {} };
  return [{ source, object }];
}

/** Others are refused, or fail, while these are missing. */
const first = ['Namespace', 'CustomResourceDefinition', 'PriorityClass', 'ServiceAccount'];

/** The same manifests, those that others need before them; each kind in the order of the files. */
export function inOrderOfNeed(manifests: readonly Manifest[]): readonly Manifest[] {
  const rank = ({ object }: Manifest) => {
    const found = first.indexOf(object.kind);
    return found < 0 ? first.length : found;
  };
  return manifests.toSorted((a, b) => rank(a) - rank(b));
}
