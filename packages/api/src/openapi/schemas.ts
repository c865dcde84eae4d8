import type { Schema } from '../schema.ts';
import { fieldText } from './field-texts.ts';
import { fullNameOf, models } from './models.ts';

/** The two versions of OpenAPI; they differ in how a reference says more than where it points. */
export interface Dialect {
  readonly pointer: (model: string) => string;
  readonly reference: (pointer: string, own: Json) => Json;
  readonly oneOf: (...types: readonly string[]) => Json;
  /** Schemas may speak of alternatives, null and defaults. */
  readonly hasJunctors: boolean;
}

export type Json = Readonly<Record<string, unknown>>;

/** A field as OpenAPI writes it. */
export function schemaToOpenApi(schema: Schema, dialect: Dialect): Json {
  const own = { ...annotations(schema), ...extensions(schema) };
  const model = modelOfLeaf(schema);
  if (model !== undefined) return dialect.reference(dialect.pointer(model), own);
  const { type, format, properties, required, items, additionalProperties } = schema;
  return {
    ...own,
    ...(type && { type }),
    ...(format && { format }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, property(name, field, dialect)]),
      ),
    }),
    ...(required?.length && { required }),
    ...(items && { items: schemaToOpenApi(items, dialect) }),
    ...(additionalProperties && {
      additionalProperties: schemaToOpenApi(additionalProperties, dialect),
    }),
  };
}

function property(name: string, field: Schema, dialect: Dialect): Json {
  const description = fieldText(name, field);
  return schemaToOpenApi({ ...field, ...(description && { description }) }, dialect);
}

function modelOfLeaf({ ref, type, format }: Schema): string | undefined {
  if (ref !== undefined) return fullNameOf(ref);
  if (type === 'int-or-string') return models.intOrString;
  return leafModels[format ?? ''];
}

const leafModels: Readonly<Record<string, string>> = {
  quantity: models.quantity,
  'date-time': models.time,
  'micro-time': models.microTime,
};

const annotations = ({ description, default: fallback, enum: values }: Schema): Json => ({
  ...(description && { description }),
  ...(fallback !== undefined && { default: fallback }),
  ...(values && { enum: values }),
});

function extensions(schema: Schema): Json {
  const { listType, listMapKeys, mapType, patchStrategy, patchMergeKey } = schema;
  return {
    ...(listType && { 'x-kubernetes-list-type': listType }),
    ...(listMapKeys && { 'x-kubernetes-list-map-keys': listMapKeys }),
    ...(mapType && { 'x-kubernetes-map-type': mapType }),
    ...(patchStrategy && { 'x-kubernetes-patch-strategy': patchStrategy.join(',') }),
    ...(patchMergeKey && { 'x-kubernetes-patch-merge-key': patchMergeKey }),
    ...(schema.preserveUnknownFields && { 'x-kubernetes-preserve-unknown-fields': true }),
  };
}

/** The models that are no structs: their text form has a meaning of its own. */
export const leafDefinitions = ({ oneOf }: Dialect): Readonly<Record<string, Json>> => ({
  [models.quantity]: {
    description:
      'An exact amount: a number with a suffix of one family, decimal (n u m k M G T P E), binary (Ki Mi Gi Ti Pi Ei) or exponent (e3). It is kept without a fraction and with the largest suffix that loses nothing: 1.5 becomes 1500m.',
    ...oneOf('string', 'number'),
  },
  [models.intOrString]: {
    description: 'An integer of 32 bits, or a text such as a percentage or the name of a port.',
    format: 'int-or-string',
    ...oneOf('integer', 'string'),
  },
  [models.time]: {
    description: 'A time in RFC 3339, in whole seconds.',
    type: 'string',
    format: 'date-time',
  },
  [models.microTime]: {
    description: 'A time in RFC 3339, with microseconds.',
    type: 'string',
    format: 'date-time',
  },
  [models.patch]: {
    description: 'A change to an object, in the form that the content type names.',
    type: 'object',
  },
});
