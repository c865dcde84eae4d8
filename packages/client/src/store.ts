import { keyOf } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { IndexFunction, Lister } from './informer.ts';

/** A lister that its owner can change. */
export interface Store<T extends KubeObject> extends Lister<T> {
  addIndex(name: string, fn: IndexFunction<T>): void;
  /** Returns what was there before. */
  put(object: T): T | undefined;
  remove(key: string): T | undefined;
  keys(): Iterable<string>;
}

const byNamespace = 'namespace';

export function createStore<T extends KubeObject>(): Store<T> {
  const objects = new Map<string, T>();
  const indexes = new Map<string, Index<T>>();

  const store: Store<T> = {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    listNamespace: (namespace) => store.byIndex(byNamespace, namespace),
    byIndex(name, value) {
      const index = indexes.get(name);
      if (!index) throw new Error(`no index named ${name}`);
      return [...(index.entries.get(value)?.values() ?? [])];
    },
    addIndex(name, fn) {
      const index = createIndex(fn);
      for (const [key, object] of objects) index.put(key, object);
      indexes.set(name, index);
    },
    put(object) {
      const key = keyOf(object);
      const before = objects.get(key);
      objects.set(key, object);
      for (const index of indexes.values()) {
        if (before) index.replace(key, before, object);
        else index.put(key, object);
      }
      return before;
    },
    remove(key) {
      const before = objects.get(key);
      if (!before) return undefined;
      objects.delete(key);
      for (const index of indexes.values()) index.remove(key, before);
      return before;
    },
    keys: () => objects.keys(),
  };
  store.addIndex(byNamespace, ({ metadata }) => (metadata.namespace ? [metadata.namespace] : []));
  return store;
}

interface Index<T> {
  readonly entries: ReadonlyMap<string, ReadonlyMap<string, T>>;
  put(key: string, object: T): void;
  replace(key: string, before: T, after: T): void;
  remove(key: string, object: T): void;
}

function createIndex<T extends KubeObject>(fn: IndexFunction<T>): Index<T> {
  const entries = new Map<string, Map<string, T>>();
  const add = (value: string, key: string, object: T) => {
    const bucket = entries.get(value);
    if (bucket) bucket.set(key, object);
    else entries.set(value, new Map([[key, object]]));
  };
  const take = (value: string, key: string) => {
    const bucket = entries.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) entries.delete(value);
  };
  return {
    entries,
    put(key, object) {
      for (const value of fn(object)) add(value, key, object);
    },
    replace(key, before, after) {
      const values = fn(after);
      // Most stay where they are. Taking them out first would have the bucket made anew again and again.
      for (const value of fn(before)) if (!values.includes(value)) take(value, key);
      for (const value of values) add(value, key, after);
    },
    remove(key, object) {
      for (const value of fn(object)) take(value, key);
    },
  };
}
