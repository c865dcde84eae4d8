import { isValues } from './structural.ts';
import type { Values } from './structural.ts';

/** The fields of a simple path: `.spec.replicas`. */
const segmentsOf = (path: string): readonly string[] => path.split('.').slice(1);

/** What stands at a simple path; undefined where nothing does. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const name of segmentsOf(path)) {
    value = isValues(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/** A copy with another value at a simple path; objects on the way are made when they are missing. */
export const withValueAt = (object: Values, path: string, value: unknown): Values =>
  place(object, segmentsOf(path), value);

function place(object: Values, [name, ...rest]: readonly string[], value: unknown): Values {
  if (name === undefined) return object;
  const inner = Object.hasOwn(object, name) ? object[name] : undefined;
  const next = rest.length > 0 ? place(isValues(inner) ? inner : {}, rest, value) : value;
  return { ...object, [name]: next };
}
