/** What was made of values, for as long as it is likely to be asked for again. */
export interface DecodedMemo<K extends object, V> {
  /** What is known of `key`, or else what `make` makes of it. */
  get(key: K, make: () => V): V;
  /** There is a newer one: whoever is still told of this one asks soon, and then nobody does. */
  outdated(key: K): void;
}

/**
 * The newest `recent` are remembered. Of others only those that somebody came back to after that, as whoever lists by a
 * label does again and again: for as long as their key lives, or until they are outdated. So what is looked at once, as
 * events are, costs its bytes alone.
 */
export function createDecodedMemo<K extends object, V>(recent: number): DecodedMemo<K, V> {
  const values = new WeakMap<K, V>();
  const forgotten = new WeakSet<K>();
  const old = new WeakSet<K>();
  /** In turn, so that the next place is that of the longest there. */
  const ring: K[] = [];
  let next = 0;

  const keepForNow = (key: K) => {
    const leaving = ring[next];
    ring[next] = key;
    next = (next + 1) % recent;
    if (leaving === undefined) return;
    values.delete(leaving);
    forgotten.add(leaving);
  };
  return {
    get(key, make) {
      const known = values.get(key);
      if (known !== undefined) return known;
      const value = make();
      if (!forgotten.has(key) || old.has(key)) keepForNow(key);
      values.set(key, value);
      return value;
    },
    outdated(key) {
      old.add(key);
      if (forgotten.has(key)) values.delete(key);
    },
  };
}
