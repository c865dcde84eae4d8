import { stringifyJson } from '../json.ts';
import { isFields } from '../own-field.ts';

/** A JSON value as Go's `%v` prints it: what error texts show of a patch. */
export function formatGo(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(formatGo).join(' ')}]`;
  if (!isFields(value)) return typeof value === 'string' ? value : stringifyJson(value);
  const fields = Object.keys(value)
    .sort()
    .map((name) => `${name}:${formatGo(value[name])}`);
  return `map[${fields.join(' ')}]`;
}

/** The Go type that a JSON value is decoded into. */
export function goTypeName(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'object':
      return 'map[string]interface {}';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    case 'bigint':
      return 'int64';
    default:
      return 'string';
  }
}
