import type { KubeObject, ResourceType } from '@berth/api';

/**
 * A local copy of a collection, without `metadata.managedFields`. Objects in it are shared and never to be changed: make
 * a new one.
 */
export interface Lister<T extends KubeObject> {
  /** By `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined;
  list(): readonly T[];
  listNamespace(namespace: string): readonly T[];
  /** Objects for which the named index function gave `value`. */
  byIndex(index: string, value: string): readonly T[];
}

export interface InformerHandler<T extends KubeObject> {
  added?(object: T): void;
  updated?(before: T, after: T): void;
  /** `last` is the last state known; it may be older than the true last state. */
  deleted?(last: T): void;
}

export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/** Keeps a lister equal to the server's collection and tells handlers what changed. */
export interface Informer<T extends KubeObject> {
  readonly lister: Lister<T>;
  /** Handlers added late get an `added` call for everything already known. Returns a function that removes it. */
  addHandler(handler: InformerHandler<T>): () => void;
  /** Must be called before the informer runs. */
  addIndex(name: string, fn: IndexFunction<T>): void;
  hasSynced(): boolean;
  /** The resourceVersion up to which the copy is complete; `''` before the first list. */
  lastResourceVersion(): string;
}

export interface InformerOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** One informer per resource and options, shared by everyone in the process. */
export interface InformerFactory {
  informer<T extends KubeObject>(type: ResourceType<T>, options?: InformerOptions): Informer<T>;
  /** Starts every informer asked for so far; those asked for later start at once. Ends when `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once every informer asked for so far has its first full list. */
  synced(signal: AbortSignal): Promise<void>;
}
