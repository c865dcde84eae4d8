import type { JSONSchemaProps, Schema } from '@berth/api';
import { itemsOf, keepsUnknown, valuesOf } from './structural.ts';

/** The schema of a custom resource in the form in which server-side apply and field tracking read schemas. */
export const fieldSchemaOf = (schema: JSONSchemaProps): Schema => convert(schema, true);

function convert(schema: JSONSchemaProps, isObject: boolean): Schema {
  if (schema['x-kubernetes-int-or-string']) return { type: 'int-or-string' };
  switch (schema.type) {
    case 'object':
      return structOrMap(schema, isObject);
    case 'array':
      return list(schema);
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return { type: schema.type, ...defaultOf(schema) };
    default:
      // Whatever stands here is merged field by field.
      return keepsUnknown(schema) ? open : {};
  }
}

const open: Schema = { type: 'object', properties: {}, preserveUnknownFields: true };

const below = (schema: JSONSchemaProps): Schema =>
  convert(schema, schema['x-kubernetes-embedded-resource'] === true);

function structOrMap(schema: JSONSchemaProps, isObject: boolean): Schema {
  const values = valuesOf(schema);
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]): [string, Schema] => [
    name,
    below(field),
  ]);
  const own: Record<string, Schema> = isObject
    ? {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { type: 'object', ref: 'ObjectMeta' },
      }
    : {};
  return {
    type: 'object',
    properties: { ...Object.fromEntries(fields), ...own },
    ...(values && { additionalProperties: below(values) }),
    ...(keepsUnknown(schema) && { preserveUnknownFields: true }),
    ...(schema['x-kubernetes-map-type'] === 'atomic' && { mapType: 'atomic' as const }),
  };
}

function list(schema: JSONSchemaProps): Schema {
  const items = itemsOf(schema);
  const listType = schema['x-kubernetes-list-type'];
  return {
    type: 'array',
    ...(items && { items: below(items) }),
    listType: listType === 'set' || listType === 'map' ? listType : 'atomic',
    ...(schema['x-kubernetes-list-map-keys'] && {
      listMapKeys: schema['x-kubernetes-list-map-keys'],
    }),
  };
}

function defaultOf({ default: value }: JSONSchemaProps): Pick<Schema, 'default'> {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? { default: value }
    : {};
}
