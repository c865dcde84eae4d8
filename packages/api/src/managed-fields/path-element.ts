import { goQuote } from '../go-quote.ts';
import { parseJson, stringifyJson } from '../json.ts';
import { isFields } from '../own-field.ts';

/**
 * One step of a path in the form of FieldsV1: `f:name` is a field, `k:{"name":"x"}` the element of a list with that
 * key, `v:"x"` the element of a set, `i:0` the element of a list at that index. Equal steps are equal strings.
 */
export const fieldElement = (name: string): string => `f:${name}`;

export const valueElement = (value: unknown): string => `v:${stringifyJson(value)}`;

export function keyElement(key: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(key).sort();
  return `k:${stringifyJson(Object.fromEntries(names.map((name) => [name, key[name]])))}`;
}

/** The same step in the one form that others are compared with; undefined for a step of a kind that we do not know. */
export function canonicalElement(text: string): string | undefined {
  const content = text.slice(2);
  switch (text.slice(0, 2)) {
    case 'f:':
      return text;
    case 'i:':
      if (/^[+-]?\d{1,15}$/.test(content)) return `i:${Number(content)}`;
      throw new SyntaxError(`${text} is not an index`);
    case 'v:':
      return valueElement(parseJson(content).value);
    case 'k:': {
      const key = parseJson(content).value;
      if (isFields(key)) return keyElement(key);
      throw new SyntaxError(`${text} is not a key`);
    }
    default:
      if (/^.:/s.test(text)) return undefined;
      throw new SyntaxError(`missing colon: ${text}`);
  }
}

/** `.spec.containers[name="a"].image` */
export const formatPath = (path: readonly string[]): string => path.map(formatElement).join('');

export function formatElement(element: string): string {
  const content = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'f:':
      return `.${content}`;
    case 'k:': {
      const key = Object.entries(parseJson(content).value as Record<string, unknown>);
      return `[${key.map(([name, value]) => `${name}=${formatValue(value)}`).join(',')}]`;
    }
    case 'v:':
      return `[=${formatValue(parseJson(content).value)}]`;
    default:
      return `[${content}]`;
  }
}

const formatValue = (value: unknown) =>
  typeof value === 'string' ? goQuote(value) : stringifyJson(value);
