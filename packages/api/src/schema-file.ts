import { readFileSync } from 'node:fs';
import { factsOf, structFacts } from './schema-facts.ts';
import { omitsZero } from './schema-zero-facts.ts';
import { queueDefinitions } from './scheduling/queue.ts';
import type { Schema } from './schema.ts';

interface Written extends Omit<Schema, 'properties' | 'items' | 'additionalProperties'> {
  readonly properties?: Readonly<Record<string, Written>>;
  readonly items?: Written;
  readonly additionalProperties?: Written;
  /** A timestamp with microseconds. */
  readonly micro?: boolean;
}

let definitions: ReadonlyMap<string, Schema> | undefined;

/** Every definition by name: the generated file, read once, and kinds of the project's own, with our own facts added. */
export function readDefinitions(): ReadonlyMap<string, Schema> {
  definitions ??= new Map(
    Object.entries({ ...readFile(), ...queueDefinitions }).map(([name, written]) => [
      name,
      define(name, written),
    ]),
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
  const { format, enum: values, ...facts } = factsOf(field);
  const leaf = { ...(format && { format }), ...(values && { enum: values }) };
  const schema = { ...read(written, leaf), ...facts };
  return !isRequired && omitsZero(field, schema) ? { ...schema, omitsZero: true } : schema;
}

/** A map of quantities is written as a map of strings: what is said of the leaves goes to them. */
function read({ micro, ...written }: Written, leaf: Schema): Schema {
  const { items, additionalProperties, ...own } = written;
  if (items) return { ...own, items: read(items, leaf), listType: 'atomic' };
  if (additionalProperties) {
    return { ...own, additionalProperties: read(additionalProperties, leaf) };
  }
  if (own.type === 'object') return { ...own, preserveUnknownFields: true };
  return { ...own, ...(micro && { format: 'micro-time' }), ...leaf };
}
