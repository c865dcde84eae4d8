import { isFields } from '../own-field.ts';
import { badRequest } from '../status.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Applies a JSON merge patch (RFC 7386): objects merge, null deletes, everything else replaces. */
export function mergePatch(current: unknown, patch: unknown): unknown {
  if (!isFields(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${typeName(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return merge(current, patch);
}

function merge(current: unknown, patch: Fields): Fields {
  const result = new Map(isFields(current) ? Object.entries(current) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, isFields(value) ? merge(result.get(name), value) : value);
  }
  return Object.fromEntries(result);
}

/** As Go's JSON decoder names what it found. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'number';
    case 'object':
      return value === null ? 'null' : 'object';
    default:
      return typeof value;
  }
}
