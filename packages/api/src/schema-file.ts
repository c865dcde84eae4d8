import { readFileSync } from 'node:fs';
import { factsOf, structFacts } from './schema-facts.ts';
import { omitsZero } from './schema-zero-facts.ts';
import type { Schema } from './schema.ts';

interface Written extends Omit<Schema, 'properties' | 'items' | 'additionalProperties'> {
  readonly properties?: Readonly<Record<string, Written>>;
  readonly items?: Written;
  readonly additionalProperties?: Written;
  /** A timestamp with microseconds. */
  readonly micro?: boolean;
}

let definitions: ReadonlyMap<string, Schema> | undefined;

/** Every definition by name: the generated file, read once, with our own facts added. */
export function readDefinitions(): ReadonlyMap<string, Schema> {
  definitions ??= new Map(
    Object.entries(readFile()).map(([name, written]) => [name, define(name, written)]),
  );
  return definitions;
}

const readFile = () =>
  JSON.parse(readFileSync(new URL('../gen/schemas.json', import.meta.url), 'utf8')) as Readonly<
    Record<string, Written>
  >;

const define = (name: string, { properties = {}, ...rest }: Written): Schema => ({
  ...(rest as Schema),
  type: 'object',
  ...structFacts(name),
  properties: Object.fromEntries(
    Object.entries(properties).map(([field, schema]) => [
      field,
      withFacts(`${name}.${field}`, schema, rest.required?.includes(field) ?? false),
    ]),
  ),
});

function withFacts(field: string, written: Written, isRequired: boolean): Schema {
  const { format, ...facts } = factsOf(field);
  const schema = { ...read(written, format), ...facts };
  return !isRequired && omitsZero(field, schema) ? { ...schema, omitsZero: true } : schema;
}

/** `format` goes to the leaf: a map of quantities is written as a map of strings. */
function read({ micro, ...written }: Written, format?: string): Schema {
  const { items, additionalProperties, ...own } = written;
  if (items) return { ...own, items: read(items, format), listType: 'atomic' };
  if (additionalProperties) {
    return { ...own, additionalProperties: read(additionalProperties, format) };
  }
  if (own.type === 'object') return { ...own, preserveUnknownFields: true };
  const leaf = format ?? (micro ? 'micro-time' : own.format);
  return { ...own, ...(leaf && { format: leaf }) };
}
