import type { KeyValue, ListOptions, ListResult, WatchCache } from '@berth/storage';
import type { Resource } from './resource.ts';
import type { Selection } from './selection.ts';

export interface ListRequest {
  /** `''` for all namespaces. */
  readonly namespace: string;
  readonly selection: Selection;
  /** Most objects to return; 0 for all. */
  readonly limit: number;
  /** Where to begin, after the prefix of the list. */
  readonly start?: string;
  /** The state as of this revision; the newest when absent, whatever is at hand for `cached`. */
  readonly revision?: number | 'cached';
}

export interface Listed {
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  /** Where the next page begins, when there may be one. */
  readonly next?: string;
  /** How many objects follow; unknown when a selector hides some. */
  readonly remaining?: number;
}

/** One page of the objects of a resource, sorted by key, all as of one revision. */
export async function listObjects(resource: Resource, request: ListRequest): Promise<Listed> {
  const { selection, namespace, limit } = request;
  if (selection.name !== undefined && (namespace || !resource.type.namespaced))
    return listOne(resource, request, selection.name);
  const prefix = resource.prefixOf(namespace);
  const found: KeyValue[] = [];
  let startKey = request.start === undefined ? undefined : prefix + request.start;
  let asOf = request.revision;
  for (;;) {
    const page = await readPage(resource.storage, prefix, asOf, {
      ...(limit > 0 && { limit: pageSize(limit, selection) }),
      ...(startKey !== undefined && { startKey }),
    });
    const { revision } = page;
    asOf = revision;
    const { taken, last } = take(resource, selection, page, limit > 0 ? limit - found.length : 0);
    found.push(...taken);
    const unread = page.more || (last !== undefined && last !== page.kvs.at(-1));
    if (!unread || last === undefined) return { revision, kvs: found };
    startKey = `${last.key}\0`;
    if (found.length < limit) continue;
    const next = startKey.slice(prefix.length);
    const remaining = selection.all ? { remaining: page.remaining } : {};
    return { revision, kvs: found, next, ...remaining };
  }
}

const readPage = (
  storage: WatchCache,
  prefix: string,
  asOf: ListRequest['revision'],
  page: Pick<ListOptions, 'limit' | 'startKey'>,
): Promise<ListResult> =>
  asOf === 'cached'
    ? storage.listCached(prefix, page)
    : storage.list(prefix, { ...page, ...(asOf !== undefined && { revision: asOf }) });

/** A selector may hide most of a page, so more is read at once. */
const pageSize = (limit: number, selection: Selection) =>
  selection.all ? limit : Math.max(limit, 1000);

interface Taken {
  readonly taken: readonly KeyValue[];
  /** The last one looked at. */
  readonly last: KeyValue | undefined;
}

function take({ codec }: Resource, selection: Selection, { kvs }: ListResult, most: number): Taken {
  if (selection.all) return { taken: kvs, last: kvs.at(-1) };
  const taken: KeyValue[] = [];
  for (const kv of kvs) {
    if (!selection.matches(codec.decode(kv))) continue;
    taken.push(kv);
    if (taken.length === most) return { taken, last: kv };
  }
  return { taken, last: kvs.at(-1) };
}

/** A list of one name is a read of one key. */
async function listOne(
  { storage, keyOf, codec }: Resource,
  { namespace, selection, revision: asOf }: ListRequest,
  name: string,
): Promise<Listed> {
  const key = keyOf(namespace ? { namespace, name } : { name });
  const { kv, revision } = await readKey(storage, key, asOf);
  return { revision, kvs: kv && selection.matches(codec.decode(kv)) ? [kv] : [] };
}

async function readKey(storage: WatchCache, key: string, asOf: ListRequest['revision']) {
  if (asOf === undefined) return storage.get(key);
  if (asOf === 'cached') return storage.getCached(key);
  const { kvs, revision } = await storage.list(key, { revision: asOf, limit: 1 });
  return { revision, kv: kvs.find((one) => one.key === key) };
}
