/** The values behind a lazy map, by the names that expressions use. */
export interface MapSource {
  has(key: string): boolean;
  /** Called once per key. */
  get(key: string): unknown;
  keys(): readonly string[];
}

/** A Map that asks for a value when an expression does: most expressions look at few fields of an object. */
export function lazyMap(
  source: MapSource,
  prototype: object = Map.prototype,
): Map<string, unknown> {
  const known = new Map<string, unknown>();
  const get = (key: unknown) => {
    if (typeof key !== 'string' || !source.has(key)) return undefined;
    if (!known.has(key)) known.set(key, source.get(key));
    return known.get(key);
  };
  const entries = function* (): MapIterator<[string, unknown]> {
    for (const key of source.keys()) yield [key, get(key)];
  };
  const map = Object.setPrototypeOf(new Map<string, unknown>(), prototype) as Map<string, unknown>;
  Object.defineProperty(map, 'size', { get: () => source.keys().length });
  return Object.assign(map, {
    get,
    entries,
    has: (key: unknown) => typeof key === 'string' && source.has(key),
    keys: () => source.keys()[Symbol.iterator](),
    values: function* () {
      for (const [, value] of entries()) yield value;
    },
    [Symbol.iterator]: entries,
  });
}
