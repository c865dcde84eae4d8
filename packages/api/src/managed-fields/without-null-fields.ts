import { isFields } from '../own-field.ts';
import type { Schema } from '../schema.ts';
import { isOpaque, shapeOf } from './shape.ts';

/** Null in a field of a known type is no value. Where any JSON may stand, it is one. */
export function withoutNullFields(value: unknown, schema: Schema | undefined): unknown {
  if (!schema || isOpaque(schema)) return value;
  const shape = shapeOf(schema, value);
  if (shape.kind === 'map' && isFields(value)) {
    const fields = Object.entries(value).filter(([, field]) => field !== null);
    return Object.fromEntries(
      fields.map(([name, field]) => [name, withoutNullFields(field, shape.schemaOf(name))]),
    );
  }
  if (shape.kind === 'list' && Array.isArray(value)) {
    return value.map((item) => withoutNullFields(item, shape.item));
  }
  return value;
}
