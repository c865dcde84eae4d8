import { isDeepEqual } from '@berth/api';

/** The JSON merge patch that makes `after` of `before`. Lists are replaced as a whole. */
export function mergePatchBetween(before: object, after: object): object {
  const old = new Map<string, unknown>(Object.entries(before));
  const patch = new Map<string, unknown>();
  for (const [name, value] of Object.entries(after)) {
    const known = old.get(name);
    old.delete(name);
    if (isDeepEqual(known, value)) continue;
    patch.set(name, isObject(known) && isObject(value) ? mergePatchBetween(known, value) : value);
  }
  for (const name of old.keys()) patch.set(name, null);
  return Object.fromEntries(patch);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
