import { isFields } from '../own-field.ts';
import type { Schema } from '../schema.ts';
import { insert } from './field-set.ts';
import type { FieldPath, FieldSet, FieldSetDraft } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import { shapeOf } from './shape.ts';
import type { ListShape, MapShape } from './shape.ts';

/**
 * The fields that whoever applies `object` claims: leaves, elements of lists, entries of maps, and what is there but
 * empty. The object must have been validated against the schema.
 */
export function ownedFields(object: unknown, schema: Schema | undefined): FieldSet {
  const draft: FieldSetDraft = new Map();
  claim(draft, [], object, schema);
  return draft;
}

function claim(draft: FieldSetDraft, path: FieldPath, value: unknown, schema: Schema | undefined) {
  const shape = shapeOf(schema, value);
  if (shape.kind === 'list' && !shape.isAtomic) {
    if (Array.isArray(value)) claimItems(draft, path, value, shape);
  } else if (shape.kind === 'map' && !shape.isAtomic) {
    if (isFields(value)) claimFields(draft, path, value, shape);
  } else {
    insert(draft, path);
  }
}

function claimFields(
  draft: FieldSetDraft,
  path: FieldPath,
  fields: Readonly<Record<string, unknown>>,
  shape: MapShape,
) {
  for (const [name, value] of Object.entries(fields)) {
    const place = [...path, fieldElement(name)];
    claim(draft, place, value, shape.schemaOf(name));
    const isEmpty = value === null || (isFields(value) && Object.keys(value).length === 0);
    if (isEmpty || !shape.isDeclared(name)) insert(draft, place);
  }
}

/** Elements with the same key are claimed together, as one. */
function claimItems(
  draft: FieldSetDraft,
  path: FieldPath,
  items: readonly unknown[],
  shape: ListShape,
) {
  const counts = new Map<string, number>();
  const elements = items.map((item) => shape.elementOf(item));
  for (const element of elements) counts.set(element, (counts.get(element) ?? 0) + 1);
  items.forEach((item, at) => {
    const element = elements[at] ?? '';
    const place = [...path, element];
    insert(draft, place);
    if (counts.get(element) === 1) claim(draft, place, item, shape.item);
  });
}
