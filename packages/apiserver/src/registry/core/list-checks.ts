import type { FieldError } from '@berth/api';
import { at, duplicate, required, tooLong, tooMany } from '@berth/api';
import { checkSubdomain } from './field-checks.ts';

/** Checks each item, unless there are more than `most`: then only that is told. */
export const checkItems = <T>(
  path: string,
  items: readonly T[],
  most: number,
  check: (path: string, item: T) => readonly FieldError[],
): readonly FieldError[] =>
  items.length > most
    ? [tooMany(path, items.length, most)]
    : items.flatMap((item, i) => check(at(path, i), item));

/** The same for a list in which no two items have the same key. */
export function checkSet<T>(
  path: string,
  items: readonly T[],
  most: number,
  check: (path: string, item: T) => readonly FieldError[],
  keyOf: (item: T) => string,
): readonly FieldError[] {
  if (items.length > most) return [tooMany(path, items.length, most)];
  const seen = new Set<string>();
  const repeated = items.flatMap((item, i) => {
    const key = keyOf(item);
    if (seen.has(key)) return [duplicate(at(path, i), key)];
    seen.add(key);
    return [];
  });
  return [...checkItems(path, items, most, check), ...repeated];
}

const longestDriver = 63;

/** A driver's name: a subdomain, in which case does not matter. */
export const checkDriverName = (path: string, driver = ''): readonly FieldError[] => [
  ...(driver ? [] : [required(path)]),
  ...(Buffer.byteLength(driver) > longestDriver ? [tooLong(path, longestDriver)] : []),
  ...checkSubdomain(path, driver.toLowerCase()),
];
