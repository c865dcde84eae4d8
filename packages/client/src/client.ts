import type { Draft, KubeList, KubeObject, ObjectRef, ResourceType, WatchChange } from '@berth/api';

export interface ListOptions {
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  /** `'0'` takes whatever the server has at hand; absent asks for the newest state. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  /** Ask for the present state as ADDED events first (a streaming list). */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/**
 * Typed verbs over any transport. Every method throws `StatusError` for a failure answer, and a plain `Error` when
 * no answer came. `name` and `namespace` of a written object choose the path.
 */
export interface Client {
  get<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    signal?: AbortSignal,
  ): Promise<T>;
  list<T extends KubeObject>(
    type: ResourceType<T>,
    options?: ListOptions,
    signal?: AbortSignal,
  ): Promise<KubeList<T>>;
  /** Follows changes until the server ends the watch or `signal` aborts; throws `StatusError` for an ERROR event. */
  watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchChange<T>>;
  create<T extends KubeObject>(
    type: ResourceType<T>,
    object: Draft<T>,
    options?: WriteOptions,
  ): Promise<T>;
  update<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  updateStatus<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    patchType: PatchType,
    patch: unknown,
    options?: WriteOptions & { readonly subresource?: string; readonly force?: boolean },
  ): Promise<T>;
  /** The object as it was when it was removed, or as it is while it is being removed. */
  remove<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    options?: DeleteOptions,
  ): Promise<void>;
  removeCollection<T extends KubeObject>(
    type: ResourceType<T>,
    list: ListOptions,
    options?: DeleteOptions,
  ): Promise<void>;
  /** POSTs `body` to a subresource such as `pods/binding` or `serviceaccounts/token`. */
  createSubresource<R>(
    type: ResourceType,
    ref: ObjectRef,
    subresource: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<R>;
  getSubresource<R>(type: ResourceType, ref: ObjectRef, subresource: string): Promise<R>;
  updateSubresource<R>(
    type: ResourceType,
    ref: ObjectRef,
    subresource: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<R>;
  /** GET of any path, parsed as JSON. */
  getPath<R>(path: string, signal?: AbortSignal): Promise<R>;
}
