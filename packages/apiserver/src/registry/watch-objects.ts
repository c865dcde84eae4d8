import type { KeyValue, StorageEvent, WatchItem } from '@berth/storage';
import { listObjects } from './list-objects.ts';
import type { Resource } from './resource.ts';
import type { Selection } from './selection.ts';
import { createTicker } from './ticker.ts';

/** What a watcher is told: the object as it is (or was, with the revision of its end). */
export interface Change {
  readonly kind: 'change';
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kv: KeyValue;
  /** The resourceVersion of the object in this change. */
  readonly revision: number;
}

export interface Bookmark {
  readonly kind: 'bookmark';
  /** Everything up to here has been told. */
  readonly revision: number;
  /** The last of the initial events has been told. */
  readonly initialEventsEnd: boolean;
}

export interface WatchRequest {
  readonly namespace: string;
  readonly selection: Selection;
  /** Tell what comes after this revision; absent begins with the present objects as ADDED. */
  readonly from?: number;
  /** The present objects may be those at hand instead of the newest. */
  readonly cached?: boolean;
  /** Say when the last of the present objects has been told. */
  readonly initialEventsEnd: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

/** About how often a watcher that asked for it learns how far it is. */
const bookmarkEveryMs = 60_000;

/** Present objects that are told in one piece. */
const presentAtOnce = 128;

/** What is told in one piece: in order, never empty. Watchers who see the same may be given the same array. */
export type Told = readonly (Change | Bookmark)[];

/**
 * Follows the objects of a resource until `signal` aborts or the time is up. An object that begins to match the
 * selection is ADDED, one that ceases to is DELETED. Yields what is known at a time in one piece. Errors of storage are
 * thrown as they are.
 */
export async function* watchObjects(
  resource: Resource,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<Told, void> {
  const { selection, bookmarks, timeoutMs, initialEventsEnd } = request;
  let revision = request.from;
  if (revision === undefined) {
    const listed = await listPresent(resource, request);
    for (let i = 0; i < listed.kvs.length; i += presentAtOnce)
      yield listed.kvs.slice(i, i + presentAtOnce).map(added);
    revision = listed.revision;
    if (initialEventsEnd) yield [{ kind: 'bookmark', revision, initialEventsEnd }];
  }
  const stop = new AbortController();
  const end = () => stop.abort();
  resource.lifetime.addEventListener('abort', end);
  if (resource.lifetime.aborted) end();
  const until = AbortSignal.any([signal, stop.signal]);
  const source = await resource.storage.watchBatches(narrowest(resource, request), revision, until);
  const batches = source[Symbol.asyncIterator]();
  const ticker = createTicker(resource.clock, { everyMs: bookmarkEveryMs, untilMs: timeoutMs });
  // One generator with one wait for each batch: thousands of watchers may wait for the same one.
  let pending: Promise<IteratorResult<readonly WatchItem[]>> | undefined;
  try {
    for (;;) {
      pending ??= batches.next();
      const result = await ticker.orTick(pending);
      if (!result) {
        if (bookmarks) yield [{ kind: 'bookmark', revision, initialEventsEnd: false }];
        if (ticker.isOver()) return;
        askHowFar(resource, request);
        continue;
      }
      pending = undefined;
      if (result.done) return;
      revision = Math.max(revision, reachedBy(result.value.at(-1)!));
      const told = toldBy(resource, selection, result.value);
      if (told.length > 0) yield told;
    }
  } finally {
    ticker.stop();
    resource.lifetime.removeEventListener('abort', end);
    stop.abort();
    pending?.catch(() => undefined);
    batches.return?.().catch(() => undefined);
  }
}

const listPresent = (resource: Resource, { namespace, selection, cached }: WatchRequest) =>
  listObjects(resource, {
    namespace,
    selection,
    limit: 0,
    ...(cached && { revision: 'cached' as const }),
  });

/** Up to where a watcher knows everything. Keys that vanished together share a revision, told only with the last. */
const reachedBy = (item: WatchItem): number =>
  item.kind === 'progress' ? item.revision : revisionOf(item.event) - (item.more ? 1 : 0);

/** So that the next bookmark of a quiet resource is not an old one. */
const askHowFar = (resource: Resource, request: WatchRequest): void => {
  const { storage } = resource;
  storage.requestProgress(narrowest(resource, request), storage.currentRevision());
};

/** The keys of one object when only one is looked for; longer names that share it are left to the selection. */
const narrowest = (resource: Resource, { namespace, selection: { name } }: WatchRequest) =>
  name !== undefined && (namespace || !resource.type.namespaced)
    ? resource.keyOf(namespace ? { namespace, name } : { name })
    : resource.prefixOf(namespace);

const added = (kv: KeyValue): Change => ({
  kind: 'change',
  type: 'ADDED',
  kv,
  revision: kv.modRevision,
});

const revisionOf = (event: StorageEvent) =>
  event.type === 'put' ? event.kv.modRevision : event.revision;

/** What a batch tells those who see everything: the same for all of them, so made once. */
const toldToAll = new WeakMap<readonly WatchItem[], Told>();

function toldBy(resource: Resource, selection: Selection, batch: readonly WatchItem[]): Told {
  const known = selection.all ? toldToAll.get(batch) : undefined;
  if (known) return known;
  const told = batch.flatMap((item) => {
    const change = item.kind === 'event' && changeOf(resource, selection, item.event);
    return change ? [change] : [];
  });
  if (selection.all) toldToAll.set(batch, told);
  return told;
}

/** What an event means to someone who sees only the selected objects. */
function changeOf(
  { codec }: Pick<Resource, 'codec'>,
  selection: Selection,
  event: StorageEvent,
): Change | undefined {
  const revision = revisionOf(event);
  const selects = (kv: KeyValue | undefined) =>
    kv !== undefined && (selection.all || selection.matches(codec.decode(kv)));
  const before = selects(event.prev);
  if (event.type === 'delete')
    return before ? { kind: 'change', type: 'DELETED', kv: event.prev, revision } : undefined;
  if (selects(event.kv))
    return { kind: 'change', type: before ? 'MODIFIED' : 'ADDED', kv: event.kv, revision };
  return before && event.prev
    ? { kind: 'change', type: 'DELETED', kv: event.prev, revision }
    : undefined;
}
