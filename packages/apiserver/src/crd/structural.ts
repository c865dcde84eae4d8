import type { JSONSchemaProps } from '@berth/api';

/** A JSON object whose fields are not known. */
export type Values = Readonly<Record<string, unknown>>;

export const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema of the elements of a list. */
export const itemsOf = ({ items }: JSONSchemaProps): JSONSchemaProps | undefined =>
  isValues(items) ? items : undefined;

/** The schema of the values of a map. */
export const valuesOf = ({ additionalProperties }: JSONSchemaProps): JSONSchemaProps | undefined =>
  isValues(additionalProperties) ? additionalProperties : undefined;

/** Fields that every object has, whatever its schema says of them. */
const ownFields: readonly string[] = ['apiVersion', 'kind', 'metadata'];

export const isOwnField = (name: string): boolean => ownFields.includes(name);

/** The schema of a field of a struct, or of an entry of a map. */
export function fieldOf(schema: JSONSchemaProps, name: string): JSONSchemaProps | undefined {
  const { properties } = schema;
  return properties && Object.hasOwn(properties, name) ? properties[name] : valuesOf(schema);
}

/** Whether a field may stand here that the schema does not name. */
export const keepsUnknown = (schema: JSONSchemaProps): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;

/** A copy with each field changed; names such as `__proto__` stay names. */
export const mapFields = (
  fields: Values,
  change: (value: unknown, name: string) => unknown,
): Values =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value, name)]));
