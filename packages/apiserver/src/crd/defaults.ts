import type { JSONSchemaProps } from '@berth/api';
import { fieldOf, isOwnField, isValues, itemsOf, mapFields } from './structural.ts';
import type { Values } from './structural.ts';

/**
 * Fills in what is missing and has a default. A null where none may stand counts as missing. Doing it twice is doing
 * it once.
 */
export function applyDefaults(value: unknown, schema: JSONSchemaProps, isObject = false): unknown {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items ? value.map((item: unknown) => element(item, items)) : value;
  }
  return isValues(value) ? defaultFields(value, schema, isObject) : value;
}

const isNothing = (value: unknown, { nullable }: JSONSchemaProps) =>
  value === undefined || (value === null && nullable !== true);

/** A null element of a list cannot be left out: that would move the others. */
const element = (value: unknown, schema: JSONSchemaProps) =>
  isNothing(value, schema) && schema.default !== undefined
    ? below(schema.default, schema)
    : below(value, schema);

const below = (value: unknown, schema: JSONSchemaProps) =>
  applyDefaults(value, schema, schema['x-kubernetes-embedded-resource'] === true);

function defaultFields(value: Values, schema: JSONSchemaProps, isObject: boolean): Values {
  const own = (name: string) => isObject && isOwnField(name);
  const present = Object.entries(value).filter(([name, part]) => {
    const field = fieldOf(schema, name);
    return !field || own(name) || !isNothing(part, field);
  });
  const known = new Set(present.map(([name]) => name));
  const missing = Object.entries(schema.properties ?? {}).flatMap(
    ([name, field]): [string, unknown][] =>
      known.has(name) || own(name) || field.default === undefined ? [] : [[name, field.default]],
  );
  return mapFields(Object.fromEntries([...present, ...missing]), (part, name) => {
    const field = own(name) ? undefined : fieldOf(schema, name);
    return field ? below(part, field) : part;
  });
}
