import { maxNesting } from '../json.ts';
import { formatGeneral } from './float.ts';
import { compareKeys } from './key-order.ts';
import { formatScalar } from './scalar-text.ts';

/**
 * Prints a JSON value as `kubectl -o yaml` does: sorted keys, sequences at the indent of their key, strings quoted
 * only where they would be read as something else, and lines folded near 80 columns. Ends with a line break.
 */
export function formatYaml(value: unknown): string {
  return `${atRoot(value)}\n`;
}

function atRoot(value: unknown): string {
  if (isEmpty(value)) return Array.isArray(value) ? '[]' : '{}';
  if (Array.isArray(value)) return sequence(value, 0, 1);
  if (isMap(value)) return mapping(value, 0, 1);
  return scalar(value, 0, 2);
}

type Fields = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const lineBreak = /[\r\n\x85\u2028\u2029]/;
/** A key longer than this gets a `?` and a line of its own. */
const maxSimpleKey = 128;

function mapping(fields: Fields, indent: number, depth: number): string {
  if (depth > maxNesting) throw new RangeError('value nests too deep to be printed');
  return Object.keys(fields)
    .filter((key) => fields[key] !== undefined)
    .sort(compareKeys)
    .map((key) => field(key, fields[key], indent, depth))
    .join(`\n${pad(indent)}`);
}

function field(key: string, value: unknown, indent: number, depth: number): string {
  if (lineBreak.test(key) || Buffer.byteLength(key) > maxSimpleKey) {
    const text = formatScalar(key, { column: indent + 2, indent: indent + 2, isKey: false });
    return `? ${text}\n${pad(indent)}: ${inline(value, indent, depth)}`;
  }
  const name = formatScalar(key, { column: indent, indent: indent + 2, isKey: true });
  if (isEmpty(value)) return `${name}: ${Array.isArray(value) ? '[]' : '{}'}`;
  if (Array.isArray(value)) {
    return `${name}:\n${pad(indent)}${sequence(value, indent, depth + 1)}`;
  }
  if (isMap(value)) {
    return `${name}:\n${pad(indent + 2)}${mapping(value, indent + 2, depth + 1)}`;
  }
  return `${name}: ${scalar(value, indent + name.length + 2, indent + 2)}`;
}

function sequence(items: readonly unknown[], indent: number, depth: number): string {
  if (depth > maxNesting) throw new RangeError('value nests too deep to be printed');
  return items.map((item) => `- ${inline(item, indent, depth)}`).join(`\n${pad(indent)}`);
}

/** What follows an indicator of two columns: a collection starts on the same line. */
function inline(value: unknown, indent: number, depth: number): string {
  if (isEmpty(value)) return Array.isArray(value) ? '[]' : '{}';
  if (Array.isArray(value)) return sequence(value, indent + 2, depth + 1);
  if (isMap(value)) return mapping(value, indent + 2, depth + 1);
  return scalar(value, indent + 2, indent + 2);
}

const pad = (indent: number) => ' '.repeat(indent);

function scalar(value: unknown, column: number, indent: number): string {
  switch (typeof value) {
    case 'string':
      return formatScalar(value, { column, indent, isKey: false });
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 63
        ? BigInt(value).toString()
        : formatGeneral(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return 'null';
  }
}
