import type { Environment } from '@marcbachmann/cel-js';
import { toJson } from '../values.ts';
import { registerNamespace } from './namespace.ts';

function charAt(text: string, index: bigint): string {
  const at = Number(index);
  if (at < 0 || at > text.length) throw new Error(`index out of range: ${index}`);
  return text.charAt(at);
}

/** `limit` is how many are replaced; all when it is negative. */
function replace(text: string, old: string, next: string, limit = -1n): string {
  if (limit < 0n) return text.replaceAll(old, () => next);
  let result = text;
  let from = 0;
  for (let left = limit; left > 0n; left--) {
    const at = result.indexOf(old, from);
    if (at < 0) break;
    result = result.slice(0, at) + next + result.slice(at + old.length);
    from = at + next.length + (old === '' ? 1 : 0);
  }
  return result;
}

/** `'%s is %d'.format([…])`. */
function format(template: string, values: readonly unknown[]): string {
  let index = 0;
  return template.replace(
    /%(?:\.(\d+))?([%sdfebxXo])/g,
    (_whole, digits?: string, verb?: string) => {
      if (verb === '%') return '%';
      if (index >= values.length) throw new Error(`index ${index} out of range`);
      return formatOne(values[index++], verb ?? 's', digits === undefined ? 6 : Number(digits));
    },
  );
}

function formatOne(value: unknown, verb: string, digits: number): string {
  switch (verb) {
    case 's':
      return textOf(value);
    case 'd':
      return textOf(value);
    case 'f':
      return Number(value).toFixed(Math.min(digits, 100));
    case 'e':
      return Number(value)
        .toExponential(Math.min(digits, 100))
        .replace(/e([+-])(\d)$/, 'e$10$2');
    default:
      return inBase(value, verb);
  }
}

function inBase(value: unknown, verb: string): string {
  if (verb === 'b' && typeof value === 'boolean') return value ? '1' : '0';
  const text =
    typeof value === 'string'
      ? Buffer.from(value).toString('hex')
      : value instanceof Uint8Array
        ? Buffer.from(value).toString('hex')
        : integerOf(value).toString(verb === 'b' ? 2 : verb === 'o' ? 8 : 16);
  return verb === 'X' ? text.toUpperCase() : text;
}

function integerOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  throw new Error('no such overload');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (value instanceof Map || (typeof value === 'object' && value?.constructor === Object)) {
    const fields = Object.entries(toJson(value) as Readonly<Record<string, unknown>>);
    return `{${fields
      .map(([key, inner]) => `${key}: ${textOf(inner)}`)
      .sort()
      .join(', ')}}`;
  }
  return String(typeof value === 'object' ? toJson(value) : value);
}

/** The functions on strings that the expression library does not bring. */
export function stringsLibrary(environment: Environment): void {
  const namespace = registerNamespace(environment, 'strings');
  const timestamp = 'google.protobuf.Timestamp';
  const duration = 'google.protobuf.Duration';
  environment
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', (a: string, b: string, c: string) =>
      replace(a, b, c),
    )
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.format(list<A>): string', format)
    .registerFunction(`${namespace}.quote(string): string`, (_: unknown, text: string) =>
      JSON.stringify(text),
    )
    .registerFunction(`string(${timestamp}): string`, textOf)
    .registerFunction(`string(${duration}): string`, textOf)
    .registerFunction(`timestamp(${timestamp}): ${timestamp}`, (value: unknown) => value)
    .registerFunction(`duration(${duration}): ${duration}`, (value: unknown) => value)
    .registerFunction(`int(${timestamp}): int`, (value: Date) =>
      BigInt(Math.floor(value.getTime() / 1000)),
    );
  const jsonpatch = registerNamespace(environment, 'jsonpatch');
  environment.registerFunction(
    `${jsonpatch}.escapeKey(string): string`,
    (_: unknown, key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'),
  );
}
