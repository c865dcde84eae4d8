import { isFields, ownField } from '../own-field.ts';
import { badRequest } from '../status.ts';
import { formatGo, goTypeName } from './format-go.ts';

export type Fields = Readonly<Record<string, unknown>>;
export type Items = readonly unknown[];

/** What tells an element from the others: its merge key's value, or itself. */
export function idOf(item: unknown, mergeKey: string | undefined): unknown {
  if (mergeKey === undefined) return item;
  if (!isFields(item)) {
    throw badRequest(`expected a map[string]interface {}, but received a ${goTypeName(item)}`);
  }
  const id = ownField(item, mergeKey);
  if (id !== undefined) return id;
  throw badRequest(`map: ${formatGo(item)} does not contain declared merge key: ${mergeKey}`);
}

/**
 * Orders a merged list: elements named by `order` stand as there, the others as they stood in `current`, and each of
 * these before the first named one that it stood before.
 */
export function sortedLike(
  merged: Items,
  order: Items,
  current: Items,
  mergeKey: string | undefined,
): Items {
  const place = places(order, mergeKey);
  const placeBefore = places(current, mergeKey);
  const positionIn = (map: ReadonlyMap<unknown, number>, item: unknown) =>
    map.get(idOf(item, mergeKey));
  const by = (map: ReadonlyMap<unknown, number>) => (a: unknown, b: unknown) =>
    (positionIn(map, a) ?? Infinity) - (positionIn(map, b) ?? Infinity) || 0;
  const named = merged.filter((item) => positionIn(place, item) !== undefined).sort(by(place));
  const others = merged
    .filter((item) => positionIn(place, item) === undefined)
    .sort(by(placeBefore));

  const result: unknown[] = [];
  let at = 0;
  for (const item of named) {
    const position = positionIn(placeBefore, item) ?? -1;
    while (at < others.length && (positionIn(placeBefore, others[at]) ?? Infinity) < position) {
      result.push(others[at++]);
    }
    result.push(item);
  }
  return [...result, ...others.slice(at)];
}

function places(items: Items, mergeKey: string | undefined): ReadonlyMap<unknown, number> {
  const map = new Map<unknown, number>();
  items.forEach((item, at) => {
    const id = idOf(item, mergeKey);
    if (!map.has(id)) map.set(id, at);
  });
  return map;
}

/** A value without the parts that a directive marks: undefined when it is marked itself. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((item) => item !== undefined);
  }
  if (!isFields(value)) return value;
  if (Object.hasOwn(value, '$patch')) return undefined;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, withoutDirectives(item)] as const)
      .filter(([, item]) => item !== undefined),
  );
}

/** In what is new, null says nothing. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, withoutNulls(item)]),
  );
}
