import type { JSONSchemaProps } from '@berth/api';
import type { CelType } from '../cel/types.ts';
import { itemsOf, keepsUnknown, valuesOf } from './structural.ts';

/** What expressions know of a value with this schema. */
export function schemaType(schema: JSONSchemaProps, isResource: boolean): CelType {
  if (schema['x-kubernetes-int-or-string'] || schema.nullable) return 'dyn';
  switch (schema.type) {
    case 'integer':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
      return textType(schema.format);
    case 'array': {
      const items = itemsOf(schema);
      return { list: items ? typeBelow(items) : 'dyn' };
    }
    case 'object':
      return objectType(schema, isResource);
    default:
      return 'dyn';
  }
}

const typeBelow = (schema: JSONSchemaProps) =>
  schemaType(schema, schema['x-kubernetes-embedded-resource'] === true);

function textType(format: string | undefined): CelType {
  if (format === 'date' || format === 'date-time') return 'timestamp';
  if (format === 'duration') return 'duration';
  return format === 'byte' ? 'bytes' : 'string';
}

const metadataType: CelType = { fields: { name: 'string', generateName: 'string' } };

function objectType(schema: JSONSchemaProps, isResource: boolean): CelType {
  const values = valuesOf(schema);
  if (values) return { map: typeBelow(values) };
  if (!isResource && schema.properties === undefined)
    return keepsUnknown(schema) ? 'dyn' : { fields: {} };
  const fields: Record<string, CelType> = isResource
    ? { apiVersion: 'string', kind: 'string', metadata: metadataType }
    : {};
  const dataNames: Record<string, string> = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeField(name);
    if (escaped === undefined || (isResource && name in fields)) continue;
    fields[escaped] = typeBelow(field);
    if (escaped !== name) dataNames[escaped] = name;
  }
  return { fields, dataNames };
}

const words: ReadonlySet<string> = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' '),
);

/** A field's name as expressions write it; undefined when they cannot. */
function escapeField(name: string): string | undefined {
  if (words.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_][\w./-]*$/.test(name)) return undefined;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
