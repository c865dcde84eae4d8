import type { JSONSchemaProps } from '../gen/types.ts';
import { definition } from '../schema.ts';
import { modelOf, models } from './models.ts';
import type { Dialect, Json } from './schemas.ts';
import type { OpenApiResource } from './served.ts';

/** The models of kinds that are not generated: the kind as its schema says, and its list. */
export function customModels(
  { group, version, kind, schema, type }: OpenApiResource,
  dialect: Dialect,
): readonly (readonly [string, Json])[] {
  const own = { group, kind, version };
  const list = { group, kind: type.listKind ?? `${kind}List`, version };
  const reference = (model: string, description: string) =>
    dialect.reference(dialect.pointer(model), { description });
  return [
    [
      modelOf(own),
      {
        ...objectModel(schema ?? { type: 'object' }, dialect),
        'x-kubernetes-group-version-kind': [own],
      },
    ],
    [
      modelOf({ ...own, kind: `${kind}List` }),
      {
        description: `${list.kind} is a list of ${kind}`,
        type: 'object',
        required: ['items'],
        properties: {
          ...typeFields(),
          items: {
            description: `List of ${type.resource}.`,
            type: 'array',
            items: { $ref: dialect.pointer(modelOf(own)) },
          },
          metadata: reference(models.listMeta, 'Facts about the list as a whole.'),
        },
        'x-kubernetes-group-version-kind': [list],
      },
    ],
  ];
}

/** What every object says of itself. */
const typeFields = (): Json => {
  const { apiVersion, kind } = definition('ConfigMap')?.properties ?? {};
  return {
    apiVersion: { description: apiVersion?.description ?? '', type: 'string' },
    kind: { description: kind?.description ?? '', type: 'string' },
  };
};

function objectModel(schema: JSONSchemaProps, dialect: Dialect): Json {
  // Named fields would make clients of version 2 refuse all others, and anything else is unknown to them.
  if (!dialect.hasJunctors && isFree(schema)) return { type: 'object' };
  const published = publish(schema, dialect);
  return withObjectFields(published, schema, dialect);
}

const isFree = (schema: JSONSchemaProps) => schema['x-kubernetes-preserve-unknown-fields'] === true;

function withObjectFields(published: Json, schema: JSONSchemaProps, dialect: Dialect): Json {
  if (!dialect.hasJunctors && isFree(schema)) return published;
  const metadata = dialect.reference(dialect.pointer(models.objectMeta), {
    description: 'Standard metadata of an object.',
  });
  const properties = published['properties'] as Json | undefined;
  return { ...published, properties: { ...properties, ...typeFields(), metadata } };
}

const isSchema = (value: unknown): value is JSONSchemaProps =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const junctors: readonly string[] = ['allOf', 'anyOf', 'oneOf', 'not', 'nullable', 'default'];

/** The schema as clients read it. Clients of version 2 know neither alternatives nor null. */
function publish(schema: JSONSchemaProps, dialect: Dialect): Json {
  const { properties, items, additionalProperties, ...rest } = schema;
  const kept = dialect.hasJunctors
    ? rest
    : Object.fromEntries(Object.entries(rest).filter(([name]) => !junctors.includes(name)));
  const isOpaque = !dialect.hasJunctors && (schema.nullable === true || isFree(schema));
  const { type, ...untyped } = kept as JSONSchemaProps;
  const base: Json =
    !dialect.hasJunctors && schema.nullable === true
      ? untyped
      : { ...untyped, ...(type && { type }) };
  if (isOpaque) return base;
  const published: Json = {
    ...base,
    ...requiredOf(schema, dialect),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, publish(field, dialect)]),
      ),
    }),
    ...(isSchema(items) && { items: publish(items, dialect) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: isSchema(additionalProperties)
        ? publish(additionalProperties, dialect)
        : additionalProperties,
    }),
  };
  return schema['x-kubernetes-embedded-resource']
    ? withObjectFields(published, schema, dialect)
    : published;
}

/** Clients of version 2 take a null for a missing field. */
function requiredOf({ required, properties }: JSONSchemaProps, { hasJunctors }: Dialect): Json {
  if (!required || hasJunctors) return {};
  return { required: required.filter((name) => properties?.[name]?.nullable !== true) };
}
