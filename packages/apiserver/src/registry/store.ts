import { notFound } from '@berth/api';
import type { Draft, KubeList, KubeObject, ObjectRef, ResourceType, WatchChange } from '@berth/api';
import { apiServerUser } from '../users.ts';
import { atRevision } from './codec.ts';
import { createObject } from './create-object.ts';
import { deleteObject } from './delete-object.ts';
import type { DeleteRequest } from './delete-plan.ts';
import { listObjects } from './list-objects.ts';
import type { Resource, Write } from './resource.ts';
import { parseSelection } from './selection.ts';
import { updateObject } from './update-object.ts';
import { mainRules, statusRules } from './update-rules.ts';
import { watchObjects } from './watch-objects.ts';
import type { Bookmark, Change, Told } from './watch-objects.ts';

interface StoreListOptions {
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

interface StoreWatchOptions extends StoreListOptions {
  /** Follow from here; absent begins with the present objects as ADDED and a bookmark that ends them. */
  readonly resourceVersion?: string;
}

/**
 * The objects of one resource for parts of the server itself. Writes pass the same defaults, admission and validation
 * as those of clients, as the user `system:apiserver`. Objects are shared: never change them.
 */
export interface Store<T extends KubeObject> {
  /** Throws NotFound. */
  get(ref: ObjectRef): Promise<T>;
  find(ref: ObjectRef): Promise<T | undefined>;
  list(options?: StoreListOptions): Promise<KubeList<T>>;
  create(object: Draft<T>): Promise<T>;
  /** `change` may be called again with a newer object; returning it unchanged writes nothing. */
  guaranteedUpdate(ref: ObjectRef, change: (current: T) => T | Promise<T>): Promise<T>;
  /** The same, but only the status changes. */
  guaranteedUpdateStatus(ref: ObjectRef, change: (current: T) => T | Promise<T>): Promise<T>;
  remove(ref: ObjectRef, options?: Partial<DeleteRequest>): Promise<void>;
  /** Until `signal` aborts; throws when the store is lost or the version is too old. */
  watch(options: StoreWatchOptions, signal: AbortSignal): AsyncIterable<WatchChange<T>>;
}

const ourselves: Write = {
  user: apiServerUser,
  subresource: '',
  manager: 'kube-apiserver',
  dryRun: false,
  warn: () => undefined,
};

/** A year: whoever watches in this process says itself when it is over. */
const forGoodMs = 365 * 24 * 3600_000;

export function createStore<T extends KubeObject>(
  resource: Resource,
  _type: ResourceType<T>,
): Store<T> {
  const { storage, codec, strategy, type, keyOf } = resource;
  const selectionOf = ({ labelSelector = '', fieldSelector = '' }: StoreListOptions) =>
    parseSelection(strategy, labelSelector, fieldSelector);

  const find = async (ref: ObjectRef) => {
    const { kv } = await storage.get(keyOf(ref));
    return kv && (codec.decode(kv) as T);
  };
  const change = async (
    ref: ObjectRef,
    to: (current: T) => T | Promise<T>,
    subresource: '' | 'status',
  ) => {
    const written = await updateObject(
      resource,
      {
        ref,
        change: (old) => to(old as T),
        rules: subresource ? statusRules(strategy) : mainRules(strategy),
        unconditional: true,
      },
      { ...ourselves, subresource },
    );
    return written.object() as T;
  };

  return {
    find,
    async get(ref) {
      const object = await find(ref);
      if (!object) throw notFound(type, ref.name);
      return object;
    },
    async list(options = {}) {
      const { namespace = '' } = options;
      const listed = await listObjects(resource, {
        namespace,
        selection: selectionOf(options),
        limit: 0,
      });
      const items = listed.kvs.map((kv) => codec.decode(kv) as T);
      return { metadata: { resourceVersion: String(listed.revision) }, items };
    },
    async create(object) {
      const draft = object as unknown as KubeObject;
      const written = await createObject(resource, strategy.defaults?.(draft) ?? draft, ourselves);
      return written.object() as T;
    },
    guaranteedUpdate: (ref, to) => change(ref, to, ''),
    guaranteedUpdateStatus: (ref, to) => change(ref, to, 'status'),
    async remove(ref, options = {}) {
      await deleteObject(
        resource,
        ref,
        { preconditions: {}, dryRun: false, ...options },
        ourselves,
      );
    },
    watch(options, signal) {
      const { namespace = '', resourceVersion } = options;
      const request = {
        namespace,
        selection: selectionOf(options),
        ...(resourceVersion !== undefined && { from: Number(resourceVersion) }),
        initialEventsEnd: true,
        bookmarks: true,
        timeoutMs: forGoodMs,
      };
      return changesOf<T>(resource, watchObjects(resource, request, signal));
    },
  };
}

async function* changesOf<T extends KubeObject>(
  resource: Resource,
  pieces: AsyncIterable<Told>,
): AsyncIterable<WatchChange<T>> {
  for await (const piece of pieces) for (const told of piece) yield toWatchChange(resource, told);
}

function toWatchChange<T extends KubeObject>(
  { codec }: Resource,
  item: Change | Bookmark,
): WatchChange<T> {
  if (item.kind === 'bookmark')
    return {
      type: 'BOOKMARK',
      resourceVersion: String(item.revision),
      initialEventsEnd: item.initialEventsEnd,
    };
  const object = codec.decode(item.kv);
  const isItself = item.revision === item.kv.modRevision;
  return { type: item.type, object: (isItself ? object : atRevision(object, item.revision)) as T };
}
