import { readJson } from './json-reader.ts';
import { badRequest } from './status.ts';

/** Real objects are less than 50 levels deep; every later walk over the value may recurse this far. */
export const maxNesting = 500;

export interface ParsedJson {
  /** Integers that a double cannot hold are bigints, so that `stringifyJson` prints them back unchanged. */
  readonly value: unknown;
  /** One text per repeated key (the last one won), in the words of a strict decoder: `duplicate field "spec.replicas"`. */
  readonly duplicates: readonly string[];
}

export interface JsonOptions {
  readonly maxDepth?: number;
}

/**
 * Reads one JSON value. Nesting is bounded before anything recurses; text that is not JSON throws a BadRequest that
 * says what was found where something else had to stand.
 */
export function parseJson(
  input: Uint8Array | string,
  { maxDepth = maxNesting }: JsonOptions = {},
): ParsedJson {
  const text = textOf(input);
  return parsePlain(text, maxDepth) ?? parseWithCare(text, maxDepth);
}

/** Prints a value compactly; a bigint is printed as the number it is. */
export function stringifyJson(value: unknown): string {
  try {
    return print(value) ?? 'null';
  } catch (err) {
    if (!(err instanceof TypeError)) throw err;
    return printJson(value, 0) ?? 'null';
  }
}

/** JSON.stringify as it is: what JSON cannot say has no text. */
const print = JSON.stringify as (value: unknown) => string | undefined;

const textOf = (input: Uint8Array | string) =>
  typeof input === 'string'
    ? input
    : Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');

/** The quick road: undefined when the text has, or may have, something that `JSON.parse` would lose or accept wrongly. */
function parsePlain(text: string, maxDepth: number): ParsedJson | undefined {
  const keys = countKeys(text, maxDepth);
  if (keys === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return keys === keysIn(value) ? { value, duplicates: [] } : undefined;
  } catch {
    return undefined;
  }
}

function parseWithCare(text: string, maxDepth: number): ParsedJson {
  try {
    return readJson(text, maxDepth);
  } catch (err) {
    if (err instanceof SyntaxError) throw badRequest(err.message, { cause: err });
    throw err;
  }
}

/**
 * How many keys the text spells, or undefined when it nests too deep or holds a number that needs care. Counts colons
 * outside strings, so the answer means something only for text that is JSON.
 */
function countKeys(text: string, maxDepth: number): number | undefined {
  let depth = 0;
  let keys = 0;
  let at = 0;
  while (at < text.length) {
    switch (text.charCodeAt(at++)) {
      case quote:
        at = afterString(text, at);
        break;
      case 0x3a:
        keys++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > maxDepth) return undefined;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
      default:
        if (isDigit(text.charCodeAt(at - 1))) {
          const end = afterNumber(text, at);
          if (end === undefined) return undefined;
          at = end;
        }
    }
  }
  return keys;
}

const quote = 0x22;
const backslash = 0x5c;
const isDigit = (code: number) => code >= 0x30 && code <= 0x39;

function afterString(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at++);
    if (code === quote) break;
    if (code === backslash) at++;
  }
  return at;
}

/** 2^53 has 16 digits; an exponent may leave the range of a double. */
function afterNumber(text: string, second: number): number | undefined {
  let at = second;
  while (isDigit(text.charCodeAt(at))) at++;
  const isLong = at - second >= 15;
  if (text.charCodeAt(at) === 0x2e) {
    at++;
    while (isDigit(text.charCodeAt(at))) at++;
  } else if (isLong) {
    return undefined;
  }
  const code = text.charCodeAt(at) | 0x20;
  return code === 0x65 || at - second > 300 ? undefined : at;
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += keysIn(item);
    return count;
  }
  const object = value as Readonly<Record<string, unknown>>;
  // JSON.parse makes plain objects, and nothing enumerable is inherited from Object.prototype.
  for (const key in object) count += 1 + keysIn(object[key]);
  return count;
}

function printJson(value: unknown, depth: number): string | undefined {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return print(value);
  if (depth > maxNesting) throw new RangeError('value nests too deep to be printed');
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item) => printJson(item, depth + 1) ?? 'null').join(',')}]`;
  }
  const fields: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const text = printJson(item, depth + 1);
    if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${fields.join(',')}}`;
}
