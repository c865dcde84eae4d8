/** A map from strings that keeps them in the order of their UTF-8 bytes, which is etcd's order of keys. */
export interface SortedMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): boolean;
  /** Keys at or after `start`, in order. Ends being valid with the next change to the map. */
  from(start: string): Generator<readonly [string, V], void>;
  /**
   * Up to `most` entries with keys at or after `start` that begin with `prefix`, where `start` does not come before `prefix`.
   * Costs less per entry than `from`.
   */
  run(prefix: string, start: string, most: number): Run<V>;
  /** How many keys at or after `start` begin with `prefix`; costs the logarithm of the size and the chunks between. */
  count(prefix: string, start: string): number;
}

/** Entries in order: the values beside their keys. */
export interface Run<V> {
  readonly keys: string[];
  readonly values: V[];
}

/** Entries per chunk: small enough that moving half of them is cheaper than a tree's pointers. */
const chunkSize = 256;

export function createSortedMap<V>(): SortedMap<V> {
  const chunks: Run<V>[] = [];
  let size = 0;

  /** The chunk that holds `key`, or would: the last one that does not begin after it. */
  const chunkFor = (key: string) =>
    Math.max(0, firstIndex(chunks.length, (i) => compareKeys(chunks[i]!.keys[0]!, key) > 0) - 1);
  const placeIn = (chunk: Run<V>, key: string) =>
    firstIndex(chunk.keys.length, (i) => compareKeys(chunk.keys[i]!, key) >= 0);

  function insert(at: number, chunk: Run<V>, place: number, key: string, value: V) {
    size += 1;
    if (chunk.keys.length < chunkSize) return put(chunk, place, key, value);
    // Keys often arrive in order: then full chunks stay full.
    const keep = place === chunkSize ? chunkSize : chunkSize / 2;
    const tail = { keys: chunk.keys.splice(keep), values: chunk.values.splice(keep) };
    chunks.splice(at + 1, 0, tail);
    if (place >= keep) put(tail, place - keep, key, value);
    else put(chunk, place, key, value);
  }

  function take(at: number, chunk: Run<V>, place: number) {
    size -= 1;
    chunk.keys.splice(place, 1);
    chunk.values.splice(place, 1);
    const next = chunks[at + 1];
    if (chunk.keys.length === 0) chunks.splice(at, 1);
    else if (next && chunk.keys.length + next.keys.length <= chunkSize / 4) {
      chunk.keys.push(...next.keys);
      chunk.values.push(...next.values);
      chunks.splice(at + 1, 1);
    }
  }

  return {
    get size() {
      return size;
    },
    get(key) {
      const chunk = chunks[chunkFor(key)];
      if (!chunk) return undefined;
      const place = placeIn(chunk, key);
      return chunk.keys[place] === key ? chunk.values[place] : undefined;
    },
    set(key, value) {
      const at = chunkFor(key);
      const chunk = chunks[at];
      if (!chunk) {
        chunks.push({ keys: [key], values: [value] });
        size += 1;
        return;
      }
      const place = placeIn(chunk, key);
      if (chunk.keys[place] === key) chunk.values[place] = value;
      else insert(at, chunk, place, key, value);
    },
    delete(key) {
      const at = chunkFor(key);
      const chunk = chunks[at];
      const place = chunk ? placeIn(chunk, key) : 0;
      if (chunk?.keys[place] !== key) return false;
      take(at, chunk, place);
      return true;
    },
    *from(start) {
      let at = chunkFor(start);
      let place = at < chunks.length ? placeIn(chunks[at]!, start) : 0;
      for (; at < chunks.length; at += 1, place = 0) {
        const { keys, values } = chunks[at]!;
        for (; place < keys.length; place += 1) yield [keys[place]!, values[place]!];
      }
    },
    run(prefix, start, most) {
      const run: Run<V> = { keys: [], values: [] };
      let at = chunkFor(start);
      let place = at < chunks.length ? placeIn(chunks[at]!, start) : 0;
      for (; at < chunks.length && run.keys.length < most; at += 1, place = 0) {
        const { keys, values } = chunks[at]!;
        const first = place;
        const isPast = (i: number) => !keys[first + i]!.startsWith(prefix);
        const own = firstIndex(keys.length - first, isPast);
        const end = Math.min(first + own, first + most - run.keys.length);
        for (let i = first; i < end; i += 1) {
          run.keys.push(keys[i]!);
          run.values.push(values[i]!);
        }
        if (end < keys.length) break;
      }
      return run;
    },
    count(prefix, start) {
      const isPast = (key: string) => !key.startsWith(prefix) && compareKeys(key, prefix) > 0;
      const rank = (isAfter: (key: string) => boolean) => {
        const at = firstIndex(chunks.length, (i) => isAfter(chunks[i]!.keys.at(-1)!));
        const keys = chunks[at]?.keys ?? [];
        return { at, place: firstIndex(keys.length, (i) => isAfter(keys[i]!)) };
      };
      const begin = rank((key) => compareKeys(key, start) >= 0 && compareKeys(key, prefix) >= 0);
      const end = rank(isPast);
      if (begin.at > end.at) return 0;
      let between = end.place - begin.place;
      for (let at = begin.at; at < end.at; at += 1) between += chunks[at]!.keys.length;
      return Math.max(0, between);
    },
  };
}

/** Negative, zero or positive as `a` comes before, is, or comes after `b` in the order of their UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return byteRank(left) - byteRank(right);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates before U+E000 to U+FFFF, UTF-8 after. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function put<V>(chunk: Run<V>, place: number, key: string, value: V): void {
  chunk.keys.splice(place, 0, key);
  chunk.values.splice(place, 0, value);
}

/** The first of `length` positions for which `isTrue` holds, when it holds for all that follow; else `length`. */
export function firstIndex(length: number, isTrue: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
