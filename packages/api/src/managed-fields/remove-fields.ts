import { isFields } from '../own-field.ts';
import type { Schema } from '../schema.ts';
import type { FieldSet } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import { shapeOf } from './shape.ts';

/** The object without the fields of a set; null where that leaves nothing. The object is not changed. */
export function removeFields(value: unknown, set: FieldSet, schema: Schema | undefined): unknown {
  if (set.size === 0) return value;
  const shape = shapeOf(schema, value);
  if (shape.kind === 'map' && isFields(value)) {
    const left = Object.entries(value)
      .filter(([name]) => !set.get(fieldElement(name))?.isMember)
      .map(([name, field]) => {
        const node = set.get(fieldElement(name));
        return [name, node ? removeFields(field, node.children, shape.schemaOf(name)) : field];
      });
    return left.length > 0 && !shape.isAtomic ? Object.fromEntries(left) : null;
  }
  if (shape.kind === 'list' && Array.isArray(value)) {
    if (shape.isAtomic) return null;
    const left = value.flatMap((item: unknown) => {
      const node = set.get(shape.elementOf(item));
      if (!node) return [item];
      return node.isMember ? [] : [removeFields(item, node.children, shape.item)];
    });
    return left.length > 0 ? left : null;
  }
  return value;
}
