import { compareKeys } from './sorted-map.ts';
import type { Run, SortedMap } from './sorted-map.ts';
import type { Revision } from './storage.ts';

/** That a key was written or removed at `revision`, and what it held before. */
export interface Change<V> {
  readonly revision: Revision;
  readonly key: string;
  readonly prev: V | undefined;
}

/** What keys held before a run of changes; undefined where they did not exist. */
export type Undo<V> = ReadonlyMap<string, V | undefined>;

/** What undoes `changes`, which are in order: for each key, what it held before the first of them. */
export function undoOf<V>(changes: Iterable<Change<V>>): Undo<V> {
  const undo = new Map<string, V | undefined>();
  for (const { key, prev } of changes) if (!undo.has(key)) undo.set(key, prev);
  return undo;
}

export interface PageOptions {
  readonly limit?: number;
  readonly startKey?: string;
}

export interface Page<V> extends Run<V> {
  /** How many entries `limit` left out. */
  readonly remaining: number;
}

/** The entries under `prefix` in key order, as they were before what `undo` undoes. */
export function readPage<V>(
  newest: SortedMap<V>,
  undo: Undo<V>,
  prefix: string,
  { limit, startKey = prefix }: PageOptions,
): Page<V> {
  const start = compareKeys(startKey, prefix) > 0 ? startKey : prefix;
  const inRange = (key: string) => key.startsWith(prefix) && compareKeys(key, start) >= 0;
  const undone = [...undo].filter(([key]) => inRange(key));
  undone.sort(([a], [b]) => compareKeys(a, b));
  const most = limit === undefined ? Infinity : limit;
  const run =
    undone.length === 0
      ? newest.run(prefix, start, most)
      : take(merge(newest.from(start), undone), prefix, most);
  const left = most === Infinity ? 0 : countAll(newest, undone, prefix, start) - run.keys.length;
  return { ...run, remaining: left };
}

function take<V>(entries: Iterable<readonly [string, V]>, prefix: string, most: number): Run<V> {
  const taken: Run<V> = { keys: [], values: [] };
  for (const [key, value] of entries) {
    if (taken.keys.length >= most || !key.startsWith(prefix)) break;
    taken.keys.push(key);
    taken.values.push(value);
  }
  return taken;
}

/** Both in key order; where both have a key the undone state holds. */
function* merge<V>(
  newest: Iterable<readonly [string, V]>,
  undone: readonly (readonly [string, V | undefined])[],
): Generator<readonly [string, V]> {
  let next = 0;
  for (const entry of newest) {
    for (; next < undone.length; next += 1) {
      const [key, value] = undone[next]!;
      if (compareKeys(key, entry[0]) >= 0) break;
      if (value !== undefined) yield [key, value];
    }
    const [key, value] = undone[next] ?? [];
    if (key !== entry[0]) yield entry;
    else {
      next += 1;
      if (value !== undefined) yield [key, value];
    }
  }
  for (const [key, value] of undone.slice(next)) if (value !== undefined) yield [key, value];
}

function countAll<V>(
  newest: SortedMap<V>,
  undone: readonly (readonly [string, V | undefined])[],
  prefix: string,
  start: string,
): number {
  const change = ([key, value]: readonly [string, V | undefined]) =>
    Number(value !== undefined) - Number(newest.get(key) !== undefined);
  return undone.reduce((count, entry) => count + change(entry), newest.count(prefix, start));
}
