import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '@berth/api';

import { fieldValue, resourceValue } from '../field-ref.ts';
import type { PodFacts } from '../field-ref.ts';

/** One file of a volume. */
interface VolumeFile {
  readonly data: Uint8Array;
  readonly mode: number;
}

/** By path within the volume. */
export type Payload = ReadonlyMap<string, VolumeFile>;

export interface ProjectionObjects {
  readonly configMap: (name: string) => ConfigMap | undefined;
  readonly secret: (name: string) => Secret | undefined;
  /** The tokens asked for by `tokensOf`, by path. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** Which volumes are made of files that the API describes, as a projected volume would say it. */
export function projectionOf(volume: Volume):
  | {
      readonly plugin: 'configmap' | 'secret' | 'downward-api' | 'projected';
      readonly sources: readonly VolumeProjection[];
      readonly defaultMode: number;
    }
  | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  const mode = (source: { readonly defaultMode?: number }) => source.defaultMode ?? 0o644;
  if (configMap) {
    return { plugin: 'configmap', sources: [{ configMap }], defaultMode: mode(configMap) };
  }
  if (secret) {
    const { secretName: name = '', items, optional } = secret;
    const source = { name, ...(items && { items }), ...(optional && { optional }) };
    return { plugin: 'secret', sources: [{ secret: source }], defaultMode: mode(secret) };
  }
  if (downwardAPI) {
    return { plugin: 'downward-api', sources: [{ downwardAPI }], defaultMode: mode(downwardAPI) };
  }
  return (
    projected && {
      plugin: 'projected',
      sources: projected.sources ?? [],
      defaultMode: mode(projected),
    }
  );
}

export const tokensOf = (
  sources: readonly VolumeProjection[],
): readonly ServiceAccountTokenProjection[] =>
  sources.flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);

/** What lies in the volume now. Throws an `Error` in upstream's words when something it needs is missing. */
export function payloadOf(
  facts: PodFacts,
  objects: ProjectionObjects,
  sources: readonly VolumeProjection[],
  defaultMode: number,
): Payload {
  const files = sources.flatMap((source) => filesOf(facts, objects, source, defaultMode));
  return new Map(files.map(([path, file]) => [checkedPath(path), file]));
}

type Entry = readonly [string, VolumeFile];

function filesOf(
  facts: PodFacts,
  objects: ProjectionObjects,
  source: VolumeProjection,
  mode: number,
): readonly Entry[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) {
    const { name = '', items, optional = false } = configMap;
    const found = objects.configMap(name);
    if (!found && !optional) throw new Error(`configmap "${name}" not found`);
    const what = { kind: 'configmap', key: 'config key', optional };
    return pick(found ? configMapFiles(found) : new Map(), items, mode, what);
  }
  if (secret) {
    const { name = '', items, optional = false } = secret;
    const found = objects.secret(name);
    if (!found && !optional) throw new Error(`secret "${name}" not found`);
    const what = { kind: 'secret', key: 'secret key', optional };
    return pick(decoded(found?.data), items, mode, what);
  }
  if (downwardAPI) return (downwardAPI.items ?? []).map((item) => downwardFile(facts, item, mode));
  if (serviceAccountToken) return tokenFile(facts, objects, serviceAccountToken, mode);
  throw new Error('unsupported source of a projected volume');
}

type Data = ReadonlyMap<string, Uint8Array>;

const decoded = (data: Readonly<Record<string, string>> = {}): Data =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));

const configMapFiles = ({ data = {}, binaryData }: ConfigMap): Data =>
  new Map<string, Uint8Array>([
    ...Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'utf8')] as const),
    ...decoded(binaryData),
  ]);

/** The chosen keys under the chosen paths, or everything. */
function pick(
  data: Data,
  items: readonly KeyToPath[] | undefined,
  defaultMode: number,
  what: { readonly kind: string; readonly key: string; readonly optional: boolean },
): readonly Entry[] {
  if (!items || items.length === 0) {
    return [...data].map(([key, value]) => [key, { data: value, mode: defaultMode }] as const);
  }
  return items.flatMap(({ key, path, mode = defaultMode }) => {
    const value = data.get(key);
    if (value) return [[path, { data: value, mode }] as const];
    if (what.optional) return [];
    throw new Error(`references non-existent ${what.key}: ${key}`);
  });
}

function downwardFile(facts: PodFacts, file: DownwardAPIVolumeFile, defaultMode: number): Entry {
  const { path, mode = defaultMode, fieldRef, resourceFieldRef } = file;
  const value = fieldRef
    ? fieldValue(facts, fieldRef.fieldPath)
    : resourceFieldRef
      ? resourceValue(facts, resourceFieldRef)
      : '';
  return [path, { data: Buffer.from(value, 'utf8'), mode }];
}

/** A token is for its user alone when the pod names one, or a group that then gets to read it. */
function tokenFile(
  { pod }: PodFacts,
  { tokens }: ProjectionObjects,
  { path }: ServiceAccountTokenProjection,
  defaultMode: number,
): readonly Entry[] {
  const token = tokens.get(path);
  if (token === undefined) throw new Error(`no token for ${path}`);
  const isPrivate =
    pod.spec.securityContext?.fsGroup !== undefined || commonUser(pod.spec) !== undefined;
  return [[path, { data: Buffer.from(token, 'utf8'), mode: isPrivate ? 0o600 : defaultMode }]];
}

/** The one user that every container of the pod runs as, when the spec says so. */
export function commonUser(spec: PodFacts['pod']['spec']): number | undefined {
  const users = [...(spec.initContainers ?? []), ...spec.containers].map(
    ({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
  );
  const [first] = users;
  return users.every((user) => user === first) ? first : undefined;
}

/** A path must stay within its volume, and names that begin with two dots are the writer's own. */
function checkedPath(path: string): string {
  const segments = path.split('/');
  const isBad =
    path.startsWith('/') || path.startsWith('..') || segments.some((s) => s === '..' || s === '');
  if (isBad) throw new Error(`invalid path in volume: ${JSON.stringify(path)}`);
  return segments.filter((segment) => segment !== '.').join('/');
}
