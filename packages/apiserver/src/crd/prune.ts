import { decode } from '@berth/api';
import type { JSONSchemaProps } from '@berth/api';
import { fieldOf, isOwnField, isValues, itemsOf, keepsUnknown } from './structural.ts';
import type { Values } from './structural.ts';

export interface Pruned {
  /** What the schema knows of the value. */
  readonly value: unknown;
  /** `unknown field "spec.foo"`, one for each that was left out. */
  readonly unknownFields: readonly string[];
}

/** Leaves out the fields that a structural schema does not have. The value of a whole object keeps its own fields. */
export function prune(value: unknown, schema: JSONSchemaProps, isObject = false): Pruned {
  const unknownFields: string[] = [];
  return { value: walk(value, schema, '', isObject, unknownFields), unknownFields };
}

function walk(
  value: unknown,
  schema: JSONSchemaProps,
  path: string,
  isObject: boolean,
  unknown: string[],
): unknown {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (!items) return value;
    return value.map((item: unknown, at) => below(item, items, `${path}[${at}]`, unknown));
  }
  return isValues(value) ? walkFields(value, schema, path, isObject, unknown) : value;
}

const below = (value: unknown, schema: JSONSchemaProps, path: string, unknown: string[]) =>
  walk(value, schema, path, schema['x-kubernetes-embedded-resource'] === true, unknown);

function walkFields(
  value: Values,
  schema: JSONSchemaProps,
  path: string,
  isObject: boolean,
  unknown: string[],
): Values {
  const entries: [string, unknown][] = [];
  for (const [name, part] of Object.entries(value)) {
    const place = path ? `${path}.${name}` : name;
    const field = fieldOf(schema, name);
    if (isObject && isOwnField(name)) entries.push([name, ownField(name, part, path, unknown)]);
    else if (field) entries.push([name, below(part, field, place, unknown)]);
    else if (keepsUnknown(schema)) entries.push([name, part]);
    else unknown.push(`unknown field ${JSON.stringify(place)}`);
  }
  return Object.fromEntries(entries);
}

/** Metadata has one shape in all objects, those in other objects included. */
function ownField(name: string, value: unknown, path: string, unknown: string[]): unknown {
  if (name !== 'metadata' || path === '' || !isValues(value)) return value;
  const { object, unknownFields } = decode(value, 'ObjectMeta');
  for (const text of unknownFields)
    unknown.push(text.replace('unknown field "', `unknown field "${path}.metadata.`));
  return object;
}
